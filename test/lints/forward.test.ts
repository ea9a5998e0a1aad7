import test from 'ava'
import { warningsOf } from './situation.ts'

const filter = (policy: string, ...lines: readonly string[]): string => {
  const names = new Set(lines.flatMap((line) => /^-A (\S+)/.exec(line)?.[1] ?? []))
  const own = [...names].filter((name) => name !== 'FORWARD').sort()
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    `:FORWARD ${policy} [0:0]`,
    ':OUTPUT ACCEPT [0:0]',
    ...own.map((name) => `:${name} - [0:0]`),
    ...lines,
    'COMMIT',
    '',
  ].join('\n')
}

const drop = filter('DROP')

const pods = `
bridges:
  br0: { addresses: [10.0.1.1/24] }
namespaces: { pod1: {}, pod2: {} }
veths:
  v1: { bridge: br0, peer: { name: eth0, namespace: pod1, addresses: [10.0.1.2/24] } }
  v2: { bridge: br0, peer: { name: eth0, namespace: pod2, addresses: [10.0.1.3/24] } }
`

const routed = { 'net/ipv4/ip_forward': '1', 'net/ipv6/conf/all/forwarding': '0' }
const bridged = { 'net/bridge/bridge-nf-call-iptables': '1' }

const dropped = 'FORWARD drops what nothing accepts (its policy is DROP): packets of'
const byBridge = 'forwarding: [{ inInterface: br0 }, { outInterface: br0 }]'

test('pods behind a bridge get out no more, where packets are routed', async (t) => {
  t.deepEqual(await warningsOf(pods, { inet: drop, sysctls: routed }), [
    `3: ${dropped} the bridge br0 => ${byBridge}`,
  ])
})

test('pods of one bridge do not reach each other, where bridged packets are filtered', async (t) => {
  const sysctls = { ...bridged, 'net/ipv4/ip_forward': '0' }
  t.is((await warningsOf(pods, { inet: drop, sysctls })).length, 1)
  const [one] = pods.split('  v2:')
  t.deepEqual(await warningsOf(String(one), { inet: drop, sysctls }), [])
  const off = `${pods}sysctls: { net.bridge.bridge-nf-call-iptables: 0 }\n`
  t.deepEqual(await warningsOf(off, { inet: drop, sysctls }), [])
})

test('nothing that passes the node is nothing that can be dropped', async (t) => {
  t.deepEqual(await warningsOf(pods, { inet: drop }), [])
  t.deepEqual(await warningsOf(pods, { inet: filter('ACCEPT'), sysctls: routed }), [])
  t.deepEqual(await warningsOf(pods, { inet6: drop, sysctls: routed }), [])
  t.deepEqual(await warningsOf('bridges: { br0: {} }', { inet: drop, sysctls: routed }), [])
})

test('the hint names the widest network that the file knows', async (t) => {
  const masquerade = `${pods}masquerade: [{ source: 10.0.0.0/16, outInterface: eth0 }]
interfaces: { eth0: {} }\n`
  t.deepEqual(await warningsOf(masquerade, { inet: drop }), [
    `3: ${dropped} the bridge br0 and masquerade => forwarding: [{ source: 10.0.0.0/16 }, { destination: 10.0.0.0/16 }]`,
  ])
  const alone = 'masquerade: [{ outInterface: eth0 }]\ninterfaces: { eth0: {} }\n'
  t.deepEqual(await warningsOf(alone, { inet: drop }), [
    `1: ${dropped} masquerade => forwarding: [{ inInterface: eth0 }, { outInterface: eth0 }]`,
  ])
})

test('a rule of others that refuses everything does it too, and one that accepts everything does not', async (t) => {
  const reject = '-A FORWARD -j REJECT --reject-with icmp-host-prohibited'
  const given = (...lines: readonly string[]) => ({
    inet: filter('ACCEPT', ...lines),
    sysctls: routed,
  })
  t.deepEqual(await warningsOf(pods, given(reject)), [
    `3: FORWARD drops what nothing accepts (it has the rule ${reject.slice(11)}): packets of the bridge br0 => ${byBridge}`,
  ])
  t.deepEqual(await warningsOf(pods, given('-A FORWARD -j ACCEPT', reject)), [])
  t.deepEqual(await warningsOf(pods, given('-A FORWARD -i eth9 -j DROP')), [])
})

test('what the file accepts itself, it knows about', async (t) => {
  const given = { inet: drop, sysctls: routed }
  const accept = `${pods}forwarding: [{ source: 10.0.1.0/24 }, { destination: 10.0.1.0/24 }]\n`
  t.deepEqual(await warningsOf(accept, given), [])
  const dropping = `${pods}forwarding: [{ source: 10.0.1.0/24, action: drop }]\n`
  t.is((await warningsOf(dropping, given)).length, 1)
  const rule = (place: string): string =>
    `${pods}iptables: [{ chain: FORWARD, place: ${place}, rule: -i br0 -j ACCEPT }]\n`
  t.deepEqual(await warningsOf(rule('first'), given), [])
  t.deepEqual(await warningsOf(rule('last'), given), [])
  const rejecting = { inet: filter('ACCEPT', '-A FORWARD -j DROP'), sysctls: routed }
  t.is((await warningsOf(rule('last'), rejecting)).length, 1)
})

test('what others accept is not dropped', async (t) => {
  const given = (...lines: readonly string[]) => ({
    inet: filter('DROP', ...lines),
    sysctls: routed,
  })
  const own = '-A FORWARD -j OTHER'
  for (const rule of [
    '-i br0 ! -o br0 -j ACCEPT',
    '-o br+ -m comment --comment x -j ACCEPT',
    '-s 10.0.0.0/8 -j ACCEPT',
    '-d 10.0.1.0/24 -p tcp -j ACCEPT',
  ])
    t.deepEqual(await warningsOf(pods, given(own, `-A OTHER ${rule}`)), [], rule)
  for (const rule of [
    '-i docker0 -j ACCEPT',
    '! -i br0 -j ACCEPT',
    '! -s 10.0.0.0/8 -j ACCEPT',
    '-d 10.0.2.0/24 -j ACCEPT',
    '-i br0 -j DROP',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ])
    t.is((await warningsOf(pods, given(own, `-A OTHER ${rule}`))).length, 1, rule)
  t.is((await warningsOf(pods, given('-A OTHER -i br0 -j ACCEPT'))).length, 1)
})

const services = (proxy: string, service = ''): string => `
serviceProxy: { ${proxy} }
services:
  web:
    clusterIPs: [10.96.0.10]
    ports: [{ port: 80, nodePort: 30080 }]
    endpoints: [{ address: 10.0.1.2, node: node-1 }]
${service}`

test('services are let through where the network of the pods is known, or all are masqueraded', async (t) => {
  t.deepEqual(await warningsOf(services('clusterCIDRs: [10.0.0.0/16]'), { inet: drop }), [])
  t.deepEqual(await warningsOf(services('masqueradeAll: true'), { inet: drop }), [])
  t.deepEqual(await warningsOf(services(''), { inet: drop }), [
    `4: ${dropped} services => serviceProxy.clusterCIDRs: what goes to services in this network is accepted`,
  ])
  const nodePort = services('').replace('    clusterIPs: [10.96.0.10]\n', '')
  t.deepEqual(await warningsOf(nodePort, { inet: drop }), [])
  const local = `${nodePort}    externalTrafficPolicy: Local\n`
  t.is((await warningsOf(local, { inet: drop })).length, 1)
  const everywhere = local.replace('serviceProxy: {', 'serviceProxy: { clusterCIDRs: [0.0.0.0/0]')
  t.deepEqual(await warningsOf(everywhere, { inet: drop }), [])
})

test('behind services that are let through, pods still need their two lines', async (t) => {
  const yaml = `${services('clusterCIDRs: [10.0.0.0/16]')}${pods}`
  t.deepEqual(await warningsOf(yaml, { inet: drop }), [
    `10: ${dropped} the bridge br0 => forwarding: [{ source: 10.0.0.0/16 }, { destination: 10.0.0.0/16 }]`,
  ])
})

test('IPv6 is a FORWARD of its own', async (t) => {
  const yaml = pods.replaceAll(/10\.0\.1\.(\d)\/24/g, "'fd00::$1/64'")
  const sysctls = { 'net/ipv6/conf/all/forwarding': '1' }
  t.deepEqual(await warningsOf(yaml, { inet6: drop, sysctls }), [
    `3: FORWARD of IPv6 drops what nothing accepts (its policy is DROP): packets of the bridge br0 => ${byBridge}`,
  ])
})
