import test from 'ava'
import { isDropped, load, TCP, UDP, UDP6, world } from './hand.ts'
import { trace } from './trace.ts'
import type { Packet } from './trace.ts'

const matching = (name: string, packet: Packet, rules: readonly string[]): void =>
  test(name, (t) => {
    const family = packet.source.includes(':') ? 'inet6' : 'inet'
    for (const rule of rules) {
      const [wanted, matches] = [!rule.startsWith('no: '), rule.replace('no: ', '')]
      t.is(isDropped(matches, packet, family), wanted, rule)
    }
  })

matching('addresses, devices and protocols of IPv4', TCP, [
  '-s 10.1.0.2/32',
  '-s 10.1.0.0/16 -d 10.96.0.10',
  '-d 0.0.0.0/0',
  '-d 10.96.0.0/255.255.255.0',
  'no: -s 10.1.0.3/32',
  'no: ! -s 10.1.0.0/31 -d 10.96.0.11/32',
  'no: ! -s 10.0.0.0/8',
  '! -s 10.1.0.0/31',
  '! -d 10.97.0.0/16',
  '-i eth0',
  '-i e+ -o eth+',
  '-i +',
  'no: -i eth',
  'no: -i eth1+',
  'no: ! -i eth0',
  '! -o pods',
  '-p tcp',
  '-p 6',
  '-p all',
  '! -p udp',
  'no: -p gre',
  'no: ! -p tcp',
])

matching('addresses of IPv6', UDP6, [
  '-s fd01::2/128 -d fd96::a/128',
  '-s fd00::/8',
  '-s fd01::/64 -d fd96:0:0:0:0:0:0:a',
  '-s fd01::/33',
  '! -s fd01:0:0:1::/64',
  'no: -s fd01::/127',
  'no: -d ::/128',
  '-d ::/0',
  '-d fd96::0.0.0.10/128',
  '-p udp -m udp --dport 53',
  'no: -p ipv6-icmp',
])

matching('ports', TCP, [
  '-p tcp -m tcp --dport 80',
  '-p tcp --dport 80',
  '-p tcp --dport 79:81',
  '-p tcp --dport :80',
  '-p tcp --dport 80:',
  'no: -p tcp --dport 81:',
  'no: -p tcp ! --dport 80',
  '-p tcp -m tcp ! --dport 81:90 --sport 40000',
  'no: -p tcp --dport 80 --sport 1',
  'no: -p udp --dport 80',
  'no: -p sctp --sport 40000',
  '-p tcp --syn',
  'no: -p tcp ! --syn',
  '-p tcp -m tcp --tcp-flags SYN,RST SYN',
  'no: -p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK',
  'no: -p tcp -m tcp --tcp-flags FIN FIN',
  '-p tcp -m tcp --tcp-flags FIN,ACK NONE',
  'no: -p tcp -m tcp --tcp-flags ALL NONE',
  '-p tcp -m multiport --dports 443,80',
  '-p tcp -m multiport --dports 443,70:90',
  'no: -p tcp -m multiport ! --dports 443,70:90',
  '-p tcp -m multiport ! --dports 443,444',
  'no: -p tcp -m multiport --sports 80',
  '-p tcp -m multiport --ports 40000',
])

const ANY = { protocol: 'icmp', inInterface: 'eth0', origin: 'forwarded' } as const

test('sctp has ports, icmp has none', (t) => {
  const sctp: Packet = { ...UDP, protocol: 'sctp' }
  t.true(isDropped('-p sctp -m sctp --dport 53', sctp))
  const icmp: Packet = { ...ANY, source: '10.1.0.2', destination: '10.96.0.10' }
  t.true(isDropped('-p icmp', icmp))
  t.false(isDropped('-p udp --dport 53', icmp))
  const icmp6: Packet = { ...ANY, source: 'fd01::2', destination: 'fd96::a' }
  t.true(isDropped('-p ipv6-icmp', icmp6, 'inet6'))
  t.false(isDropped('-p icmp', icmp6, 'inet6'))
  t.throws(() => isDropped('-p udp --dport 53', { ...icmp, protocol: 'udp' }), {
    message: /needs a port/,
  })
})

matching('connections and addresses', TCP, [
  '-m conntrack --ctstate NEW',
  '-m conntrack --ctstate NEW,ESTABLISHED',
  'no: -m conntrack ! --ctstate NEW',
  'no: -m conntrack --ctstate INVALID,RELATED,ESTABLISHED',
  'no: -m conntrack --ctstate DNAT',
  '-m conntrack ! --ctstate DNAT,SNAT',
  '-m conntrack --ctorigdst 10.96.0.0/16 --ctorigdstport 80',
  'no: -m conntrack --ctorigdst 10.96.0.0/16 --ctorigdstport 81',
  '-m conntrack ! --ctorigdst 10.97.0.0/16',
  'no: -m addrtype --dst-type LOCAL',
  '-m addrtype ! --dst-type LOCAL',
  '-m addrtype ! --src-type LOCAL ! --dst-type LOCAL',
  '-m comment --comment "-j ACCEPT ! --nothing" -p tcp',
])

test('marks: set, flipped, kept and matched', (t) => {
  const mark = (rules: string): number =>
    trace(load({ mangle: rules.replaceAll(/^/gm, '-A PREROUTING ') }), UDP, world()).mark
  t.is(mark('-j MARK --set-xmark 0x4000/0x4000'), 0x4000)
  t.is(mark('-j MARK --set-mark 0xff\n-j MARK --set-xmark 0x0/0xf'), 0xf0)
  t.is(mark('-j MARK --set-mark 0xff\n-j MARK --set-xmark 0x3/0x1'), 0xfd)
  t.is(mark('-j MARK --set-mark 0xff\n-j MARK --set-mark 0x3/0x1'), 0xff)
  t.is(mark('-j MARK --set-xmark 0xffffffff/0xffffffff'), 0xffffffff)
  t.is(mark('-j MARK --set-mark 6\n-m mark --mark 0x2/0x2 -j MARK --set-mark 1'), 1)
  t.is(mark('-j MARK --set-mark 6\n-m mark ! --mark 0x2/0x2 -j MARK --set-mark 1'), 6)
  t.is(mark('-m mark --mark 0x0 -j MARK --set-mark 5'), 5)
  t.is(mark('-j MARK --set-mark 0x80000000\n-m mark --mark 0x80000000 -j MARK --set-mark 1'), 1)
})
