import test from 'ava'
import { findLeads } from '../../src/iptables/leads.ts'
import type { Packet } from '../../src/iptables/leads.ts'
import { parseSave } from '../../src/iptables/save.ts'

const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:SERVICES - [0:0]
:VIPS - [0:0]
:NODEPORTS - [0:0]
:SVC - [0:0]
:SOME - [0:0]
-A PREROUTING -m comment --comment "-d 10.96.0.10/32 -j DNAT" -j SERVICES
-A OUTPUT -j SERVICES
-A SERVICES -d 10.96.0.0/16 -g VIPS
-A SERVICES ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j NODEPORTS
-A VIPS -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g SVC
-A VIPS -d 10.96.0.11/32 -p tcp -m tcp --dport 80 -g SOME
-A NODEPORTS -p tcp -m tcp --dport 30080 -g SVC
-A SVC ! -s 10.244.0.0/16 -m comment --comment "default/web" -j MARK --set-xmark 0x1000/0x1000
-A SVC -p tcp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.244.1.2:8080
-A SVC -p tcp -j DNAT --to-destination 10.244.2.2:8080
-A SVC -p tcp -j DNAT --to-destination 10.244.9.9:9
-A SOME -s 10.244.0.0/16 -p tcp -j DNAT --to-destination 10.244.1.2
-A PREROUTING -d 192.0.2.10/32 -p udp -m multiport --dports 53,7000:7010 -j DNAT --to-destination :5353
-A PREROUTING -d 192.0.2.10/32 -p tcp -m tcp ! --dport 22 -j DNAT --to-destination 10.0.0.1-10.0.0.9
-A PREROUTING -d 192.0.2.11/32 -p tcp -m tcp --dport 1:99 -j RETURN
-A PREROUTING -d 192.0.2.11/32 -p tcp -j REDIRECT --to-ports 8080
-A PREROUTING -d 192.0.2.12/32 -i eth0 -j ACCEPT
-A PREROUTING -d 192.0.2.12/32 -j DNAT --to-destination 10.0.0.7:1
COMMIT
`

const table = parseSave(SAVED).get('nat')

const leads = (
  address: string,
  port: number,
  { chain = 'PREROUTING', ...more }: Partial<Packet> & { chain?: 'PREROUTING' | 'OUTPUT' } = {},
): readonly string[] =>
  findLeads(table, chain, { protocol: 'tcp', address, port, isLocal: false, ...more }).map((one) =>
    typeof one === 'string' ? one : `${one.address} ${String(one.port)}`,
  )

test('a service leads to its endpoints, by as many chains as there are, and nowhere else', (t) => {
  const endpoints = ['10.244.1.2 8080', '10.244.2.2 8080']
  t.deepEqual(leads('10.96.0.10', 80), endpoints)
  t.deepEqual(leads('10.96.0.10', 80, { chain: 'OUTPUT' }), endpoints)
  t.deepEqual(leads('10.96.0.10', 81), ['10.96.0.10 81'])
  t.deepEqual(leads('10.96.0.10', 80, { protocol: 'udp' }), ['10.96.0.10 80'])
})

test('a node port is one at an address of a node alone', (t) => {
  t.deepEqual(leads('192.0.2.9', 30080), ['192.0.2.9 30080'])
  t.deepEqual(leads('192.0.2.9', 30080, { isLocal: true }), ['10.244.1.2 8080', '10.244.2.2 8080'])
  t.deepEqual(leads('127.0.0.1', 30080, { isLocal: true }), ['127.0.0.1 30080'])
})

test('what depends on who asks may be so or not', (t) => {
  t.deepEqual(leads('10.96.0.11', 80), ['10.244.1.2 80', '10.96.0.11 80'])
  t.deepEqual(leads('192.0.2.12', 80), ['192.0.2.12 80', '10.0.0.7 1'])
})

test('ports, their lists and ranges; a port alone; what is one of many', (t) => {
  t.deepEqual(leads('192.0.2.10', 7005, { protocol: 'udp' }), ['192.0.2.10 5353'])
  t.deepEqual(leads('192.0.2.10', 7011, { protocol: 'udp' }), ['192.0.2.10 7011'])
  t.deepEqual(leads('192.0.2.10', 22), ['192.0.2.10 22'])
  t.deepEqual(leads('192.0.2.10', 23), ['one of 10.0.0.1-10.0.0.9'])
  t.deepEqual(leads('192.0.2.11', 99), ['192.0.2.11 99'])
  t.deepEqual(leads('192.0.2.11', 100), ['where REDIRECT leads'])
  t.deepEqual(leads('192.0.2.10', 23, { chain: 'OUTPUT' }), ['192.0.2.10 23'])
})

test('without a table it goes where it was sent, and IPv6 is the same', (t) => {
  const packet = { protocol: 'tcp', address: 'fd00::1', port: 80, isLocal: false } as const
  t.deepEqual(findLeads(undefined, 'OUTPUT', packet), [{ address: 'fd00::1', port: 80 }])
  const six = `*nat
:OUTPUT ACCEPT [0:0]
-A OUTPUT -d fd00::1/128 -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd00:1::2]:8080
-A OUTPUT -d fd00::1/128 -p tcp -m tcp --dport 81 -j DNAT --to-destination fd00:1::3
COMMIT
`
  const nat = parseSave(six).get('nat')
  t.deepEqual(findLeads(nat, 'OUTPUT', packet), [{ address: 'fd00:1::2', port: 8080 }])
  const other = { ...packet, port: 81 }
  t.deepEqual(findLeads(nat, 'OUTPUT', other), [{ address: 'fd00:1::3', port: 81 }])
})
