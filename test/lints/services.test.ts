import test from 'ava'
import { parseListeners } from '../../src/kernel/listeners.ts'
import { lintNode } from '../../src/lints/index.ts'
import { situationOf, warningsOf } from './situation.ts'

const web = `
serviceProxy: { clusterCIDRs: [10.0.0.0/16, fd00:1::/64] }
services:
  web:
    clusterIPs: [10.96.0.10, 'fd00:96::a']
    externalIPs: [192.0.2.10]
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    endpoints: [10.0.1.2, 'fd00:1::2']
  dns:
    clusterIPs: [10.96.0.53]
    ports: [{ port: 53, protocol: udp, nodePort: 30053 }]
    endpoints: [10.0.1.3]
`

const nat = (...lines: readonly string[]): string => {
  const names = new Set(lines.flatMap((line) => /^-A (\S+)/.exec(line)?.[1] ?? []))
  const builtIns = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']
  const own = [...names].filter((name) => !builtIns.includes(name)).sort()
  return [
    '*nat',
    ...builtIns.map((name) => `:${name} ACCEPT [0:0]`),
    ...own.map((name) => `:${name} - [0:0]`),
    ...lines,
    'COMMIT',
    '',
  ].join('\n')
}

const kubeProxy = nat(
  '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A KUBE-MARK-MASQ -j RETURN',
  '-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30080 -j KUBE-EXT-A',
  '-A KUBE-EXT-A -m comment --comment "masquerade traffic" -j KUBE-MARK-MASQ',
  '-A KUBE-EXT-A -j KUBE-SVC-A',
  '-A KUBE-SEP-A -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.0.1.2:8080',
  '-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-A',
  '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  '-A KUBE-SVC-A ! -s 10.0.0.0/16 -d 10.96.0.10/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
  '-A KUBE-SVC-A -m comment --comment "default/web" -j KUBE-SEP-A',
)

const decides = 'whichever comes first in PREROUTING decides'

test('kube-proxy serves the same addresses and ports', async (t) => {
  t.deepEqual(await warningsOf(web, { inet: kubeProxy }), [
    `4: 10.96.0.10:80/tcp is served by the chain KUBE-SERVICES too; ${decides}`,
    `4: node port 30080/tcp is served by the chain KUBE-NODEPORTS too; ${decides}`,
  ])
})

test('others serve an address or a port: Docker, portmap, another owner, somebody by hand', async (t) => {
  const inet = nat(
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A PREROUTING -j NP150-SERVICES',
    '-A PREROUTING -d 192.0.2.10/32 -i eth0 -p tcp -m multiport --dports 79,80 -j DNAT --to-destination 10.7.0.1',
    '-A DOCKER ! -i br-1 -p tcp -m tcp --dport 30080 -j DNAT --to-destination 172.17.0.2:80',
    '-A CNI-DN-a -p udp -m udp --dport 30053 -j DNAT --to-destination 10.88.0.2:53',
    '-A CNI-HOSTPORT-DNAT -p udp -m comment --comment "dnat name: \\"p\\" id: \\"c\\"" -m multiport --dports 30053,30054 -j CNI-DN-a',
    '-A NP150-SERVICES -d 10.96.0.0/16 -j NP150-VIPS',
    '-A NP150-VIPS -d 10.96.0.53/32 -p udp -m udp --dport 53 -g NP150-SVC-X',
    '-A NP150-SVC-X -p udp -j DNAT --to-destination 10.0.1.9:53',
  )
  t.deepEqual(await warningsOf(web, { inet }), [
    `4: 192.0.2.10:80/tcp is served by a rule of PREROUTING too; ${decides}`,
    `4: node port 30080/tcp is served by the chain DOCKER too; ${decides}`,
    `9: 10.96.0.53:53/udp is served by the chain NP150-VIPS too; ${decides}`,
    `9: node port 30053/udp is served by the chain CNI-HOSTPORT-DNAT too; ${decides}`,
  ])
})

test('IPv6 is looked at too', async (t) => {
  const inet6 = nat(
    '-A PREROUTING -j KUBE-SERVICES',
    '-A KUBE-SERVICES -d fd00:96::a/128 -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd00:1::9]:80',
  )
  t.deepEqual(await warningsOf(web, { inet6 }), [
    `4: [fd00:96::a]:80/tcp is served by the chain KUBE-SERVICES too; ${decides}`,
  ])
})

test('what is about something else, leads nowhere, or cannot be reached serves nothing', async (t) => {
  const rest = '-j DNAT --to-destination 10.9.9.9'
  const inet = nat(
    `-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 81 ${rest}`,
    `-A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 80 ${rest}`,
    `-A PREROUTING -d 10.96.0.0/16 -p tcp -m tcp --dport 80 ${rest}`,
    `-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp ! --dport 80 ${rest}`,
    `-A PREROUTING ! -d 10.96.0.10/32 -p tcp -m tcp --dport 80 ${rest}`,
    `-A PREROUTING -d 10.96.0.10/32 ! -p tcp -m comment --comment "--dport 80" ${rest}`,
    `-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j LOG`,
    `-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j ROUND`,
    `-A ROUND -j ROUND-2`,
    `-A ROUND-2 -j ROUND`,
    `-A LEFT-OVER -d 10.96.0.10/32 -p tcp -m tcp --dport 80 ${rest}`,
  )
  t.deepEqual(await warningsOf(web, { inet }), [])
})

test('beside a whole kube-proxy, not every service is told of, and 70,000 rules are read quickly', async (t) => {
  const count = 5_000
  const address = (index: number): string => `10.97.${String(index >> 8)}.${String(index & 255)}`
  const all = Array.from({ length: count }, (_, index) => index)
  const yaml = `serviceProxy: { clusterCIDRs: [10.0.0.0/16] }\nservices:\n${all
    .map(
      (index) =>
        `  s${String(index)}: { clusterIPs: [${address(index)}], ports: [{ port: 80 }], endpoints: [10.0.1.2] }\n`,
    )
    .join('')}`
  const inet = nat(
    '-A PREROUTING -j KUBE-SERVICES',
    ...all.flatMap((index) => [
      `-A KUBE-SERVICES -d ${address(index)}/32 -p tcp -m comment --comment "default/s${String(index)} cluster IP" -m tcp --dport 80 -j KUBE-SVC-${String(index)}`,
      `-A KUBE-SVC-${String(index)} ! -s 10.0.0.0/16 -d ${address(index)}/32 -p tcp -m comment --comment "default/s" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
      ...Array.from({ length: 12 }, () => `-A KUBE-SVC-${String(index)} -j KUBE-SEP-1`),
    ]),
    '-A KUBE-SEP-1 -p tcp -m comment --comment "default/s" -m tcp -j DNAT --to-destination 10.0.1.2:80',
  )
  const situation = await situationOf(yaml, { inet })
  const before = performance.now()
  const warnings = await lintNode(situation)
  const took = performance.now() - before
  t.log(`${took.toFixed(0)} ms`)
  // Looking at each of them for each service would take minutes.
  t.true(took < 10_000)
  t.is(warnings.length, 11)
  t.is(warnings[0]?.location?.line, 3)
  t.is(
    warnings.at(-1)?.message,
    '4990 more addresses and ports of services are served by others too',
  )
})

test('a file without services asks nothing of the node', async (t) => {
  const situation = await situationOf('bridges: { br0: {} }', { inet: kubeProxy })
  const refuse = (): never => t.fail()
  const reader = { ...situation.reader, listeners: refuse, flows: refuse, sysctls: refuse }
  t.deepEqual(await lintNode({ ...situation, reader }), [])
})

const listener = (protocol: 'tcp' | 'udp', address: string, port: number) => ({
  protocol,
  address,
  port,
})

test('what ss prints: brackets, devices, wildcards of one family and of both', (t) => {
  const text = `
udp UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*
udp UNCONN 0      0      [fe80::1]%eth0:546          [::]:*
tcp LISTEN 0      128          0.0.0.0:2024       0.0.0.0:*
tcp LISTEN 0      4096            [::]:22            [::]:*
tcp LISTEN 0      511                *:80               *:*
p_raw UNCONN 0    0                  *:eth0             *
`
  t.deepEqual(parseListeners(text), [
    listener('udp', '127.0.0.53', 53),
    listener('udp', 'fe80::1', 546),
    listener('tcp', '0.0.0.0', 2024),
    listener('tcp', '::', 22),
    listener('tcp', '*', 80),
  ])
})

const hint = 'tells which program that is'

test('a program listens where a node port is', async (t) => {
  const listeners = [
    listener('tcp', '0.0.0.0', 30080),
    listener('tcp', '192.0.2.1', 30080),
    listener('udp', '*', 30053),
    listener('tcp', '*', 30053),
  ]
  t.deepEqual(await warningsOf(web, { listeners, addresses: ['192.0.2.1'] }), [
    `4: node port 30080/tcp takes the packets of what listens on 0.0.0.0:30080 of this node => ss -lnpt ${hint}`,
    `9: node port 30053/udp takes the packets of what listens on *:30053 of this node => ss -lnpu ${hint}`,
  ])
})

test('a program listens on an address of the node that a service has', async (t) => {
  const listeners = [listener('tcp', '*', 80)]
  t.deepEqual(await warningsOf(web, { listeners, addresses: ['192.0.2.1'] }), [])
  t.deepEqual(await warningsOf(web, { listeners, addresses: ['192.0.2.10'] }), [
    `4: 192.0.2.10:80/tcp takes the packets of what listens on *:80 of this node => ss -lnpt ${hint}`,
  ])
})

test('loopback addresses are left alone, unless node ports are there too', async (t) => {
  const listeners = [listener('tcp', '127.0.0.1', 30080), listener('tcp', '::1', 30080)]
  const addresses = ['192.0.2.1', '2001:db8::1']
  t.deepEqual(await warningsOf(web, { listeners, addresses }), [])
  const localhost = web.replace('clusterCIDRs', 'localhostNodePorts: true, clusterCIDRs')
  t.deepEqual(await warningsOf(localhost, { listeners, addresses }), [
    `4: node port 30080/tcp takes the packets of what listens on 127.0.0.1:30080 of this node => ss -lnpt ${hint}`,
  ])
})

test('node ports take only the addresses that they are on', async (t) => {
  const listeners = [listener('tcp', '192.0.2.1', 30080)]
  const addresses = ['192.0.2.1', '198.51.100.1']
  const some = (prefix: string): string =>
    web.replace('clusterCIDRs', `nodePortAddresses: [${prefix}], clusterCIDRs`)
  t.deepEqual(await warningsOf(some('198.51.100.0/24'), { listeners, addresses }), [])
  t.is((await warningsOf(some('192.0.2.0/24'), { listeners, addresses })).length, 1)
})

test('a node port without endpoints refuses in the place of the program', async (t) => {
  const yaml = `
services:
  web: { ports: [{ port: 80, nodePort: 30080 }] }
`
  const listeners = [listener('tcp', '0.0.0.0', 30080)]
  t.deepEqual(await warningsOf(yaml, { listeners, addresses: ['192.0.2.1'] }), [
    `2: node port 30080/tcp takes the packets of what listens on 0.0.0.0:30080 of this node => ss -lnpt ${hint}`,
  ])
})

const withBit = (bit: number): string =>
  web.replace('clusterCIDRs', `masqueradeBit: ${String(bit)}, clusterCIDRs`)

const takes = 'what one marks, the other takes for its own'

test('the bit of the mark is one of kube-proxy or portmap', async (t) => {
  const kube = nat(
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
  )
  t.deepEqual(await warningsOf(web, { inet: kube }), [])
  t.deepEqual(await warningsOf(withBit(14), { inet: kube }), [
    `2: bit 14 of the packet mark (0x4000) is used by the chain KUBE-MARK-MASQ in nat too: ${takes} => serviceProxy: { masqueradeBit: 12 }`,
  ])
  const cni = nat(
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    '-A CNI-HOSTPORT-SETMARK -j MARK --set-xmark 0x1000/0x1000',
  )
  t.deepEqual(await warningsOf(withBit(13), { inet6: cni }), [
    `2: bit 13 of the packet mark (0x2000) is used by the chain CNI-HOSTPORT-MASQ in nat (IPv6) too: ${takes} => serviceProxy: { masqueradeBit: 14 }`,
  ])
  const last = nat('-A POSTROUTING -m mark --mark 0x80000000/0x80000000 -j ACCEPT')
  t.is((await warningsOf(withBit(31), { inet: last })).length, 1)
})

const mangle = (...lines: readonly string[]): string =>
  nat(...lines)
    .replace('*nat', '*mangle')
    .replace(':INPUT', ':FORWARD ACCEPT [0:0]\n:INPUT')

test('who clears the bit before it is given is in nobody’s way, and who does it later is', async (t) => {
  const clear = '-j MARK --set-xmark 0x1/0xffffffff'
  t.deepEqual(await warningsOf(web, { inet: mangle(`-A PREROUTING ${clear}`) }), [])
  t.deepEqual(await warningsOf(web, { inet: mangle('-A POSTROUTING -j QOS', `-A QOS ${clear}`) }), [
    `2: bit 12 of the packet mark (0x1000) is used by the chain QOS in mangle too: ${takes} => serviceProxy: { masqueradeBit: 13 }`,
  ])
})

test('a mark that is looked at as a whole, marks of connections and other owners are no clash', async (t) => {
  const inet = mangle(
    '-A FORWARD -m mark --mark 0xca6c -j ACCEPT',
    '-A FORWARD -m connmark --mark 0x1000/0x1000 -j CONNMARK --set-xmark 0x1000/0x1000',
    '-A NP150-SNAT -j MARK --set-xmark 0x1000/0x0',
  )
  t.deepEqual(await warningsOf(web, { inet }), [])
})
