import test from 'ava'
import type { ExecutionContext } from 'ava'
import { sysctl } from '../node/story.ts'
import { iptables, save } from './firewall.ts'
import type { Lab, Place, Site } from './lab.ts'
import type { Protocol } from './protocol.ts'
import { counts, peers } from './results.ts'
import { ask, backends, dropped, endpointsOf, families, labsOf, list, planned } from './shared.ts'
import { addresses } from './topology.ts'

const labs = labsOf({ pods: 1, second: true })

const nodePort = 30080

/** A service with a pod on each node, or on the first one alone, at the port of both protocols. */
const web = (lab: Lab, more = '', sites: readonly Site[] = [lab, lab.second!]): string => `
services:
  default/web:
    clusterIPs: ${list('10.96.0.10', 'fd00:96::10')}
    ports:
      - { name: t, port: 80, targetPort: 8080, nodePort: ${nodePort} }
      - { name: u, port: 80, targetPort: 8080, nodePort: ${nodePort}, protocol: udp }
    endpoints: ${endpointsOf(...sites)}
${more}`

const { x, node, bridge, under, node2 } = addresses

/** Who asks where, and as whom the pods of the first node and of the second see it. */
const ways: readonly (readonly [
  from: Place,
  to: Readonly<Record<'inet' | 'inet6', string>>,
  near: Readonly<Record<'inet' | 'inet6', string>>,
  far: Readonly<Record<'inet' | 'inet6', string>>,
])[] = [
  ['x', node, bridge, under],
  ['node', node, bridge, under],
  ['node', bridge, bridge, under],
  ['node', under, bridge, under],
  ['p1', node, bridge, under],
  ['p1', bridge, bridge, under],
  ['node2', under, bridge, under],
  ['q1', node, bridge, under],
  // By another node, which knows the way to the first.
  ['x', node2, node2, { inet: '10.244.1.1', inet6: 'fd00:244:0:1::1' }],
]

const reachUnderlay = ({ node }: Lab): void => {
  const outside = node.ns('x')
  node.ip(`route replace 10.0.0.0/24 via ${addresses.node.inet}`, outside)
  node.ip(`route replace fd00:10::/64 via ${addresses.node.inet6}`, outside)
}

const checkWays = async (t: ExecutionContext, lab: Lab, protocol: Protocol): Promise<void> => {
  for (const family of families)
    for (const [from, to, near, far] of ways) {
      const results = await lab.connect(from, to[family], nodePort, { count: 4, protocol })
      const about = `${protocol}: ${from} to ${to[family]}`
      t.deepEqual(counts(results), { p1: 2, q1: 2 }, about)
      const seenBy = (pod: string): readonly string[] =>
        peers(results.filter(({ server }) => server === pod))
      t.deepEqual([seenBy('p1'), seenBy('q1')], [[near[family]], [far[family]]], about)
    }
}

for (const backend of backends)
  test.serial(`23 ${backend}: NodePort from outside, the node, pods, another node`, async (t) => {
    const lab = labs[backend]
    reachUnderlay(lab)
    await lab.apply(web(lab))
    await lab.second!.apply(web(lab))
    for (const protocol of ['tcp', 'udp'] as const) await checkWays(t, lab, protocol)
  })

const withLocalhost = 'serviceProxy: { localhostNodePorts: true }\n'

const routeLocalnet = (lab: Lab): Record<string, string> =>
  Object.fromEntries(
    ['all', 'eth0', 'eth1', 'br0', 'lo'].map((device) => [
      device,
      sysctl(lab.node, `net/ipv4/conf/${device}/route_localnet`),
    ]),
  )

const off = { all: '0', eth0: '0', eth1: '0', br0: '0', lo: '0' }

for (const backend of backends)
  test.serial(`24 ${backend}: NodePort on 127.0.0.1, where it is asked for alone`, async (t) => {
    const lab = labs[backend]
    await lab.apply(web(lab))
    t.deepEqual(await ask(lab, 'node', '127.0.0.1', nodePort), ['ECONNREFUSED'])
    t.deepEqual(await ask(lab, 'node', '::1', nodePort), ['ECONNREFUSED'])
    t.deepEqual(routeLocalnet(lab), off)

    await lab.apply(web(lab, withLocalhost, [lab]))
    t.deepEqual(routeLocalnet(lab), { ...off, br0: '1' })
    const near = await lab.connect('node', '127.0.0.1', nodePort, { count: 2 })
    t.deepEqual([counts(near), peers(near)], [{ p1: 2 }, [bridge.inet]])

    await lab.apply(web(lab, withLocalhost))
    const far = await lab.connect('node', '127.0.0.1', nodePort, { count: 2, timeout: 500 })
    t.deepEqual([counts(far), peers(far)], [{ p1: 1, q1: 1 }, [under.inet, bridge.inet]])
    t.deepEqual(await ask(lab, 'x', node.inet, nodePort, { count: 2 }), ['p1', 'q1'])

    await lab.apply(web(lab))
    t.deepEqual(routeLocalnet(lab), off)
    t.deepEqual(await ask(lab, 'node', '127.0.0.1', nodePort), ['ECONNREFUSED'])
  })

/** Makes 127.0.0.1 of a namespace that of the node, as an attacker on the wire does. */
const takeLoopback = (lab: Lab, place: 'x' | 'p1', via: string): void => {
  const netns = lab.node.ns(place)
  lab.node.exec(['sysctl', '-q', '-w', 'net.ipv4.conf.all.route_localnet=1'], netns)
  lab.node.ip('address del 127.0.0.1/8 dev lo', netns)
  lab.node.ip(`route add 127.0.0.1/32 via ${via} dev eth0`, netns)
}

for (const backend of backends)
  test.serial(`24 ${backend}: who listens on 127.0.0.1 alone is left alone`, async (t) => {
    const lab = labs[backend]
    await lab.apply(web(lab, withLocalhost))
    await lab.serve('node', [{ protocol: 'tcp', port: 9000, address: '127.0.0.1' }], 'private')
    takeLoopback(lab, 'x', node.inet)
    takeLoopback(lab, 'p1', bridge.inet)
    t.deepEqual(await ask(lab, 'node', '127.0.0.1', 9000), ['private'])
    t.deepEqual(await ask(lab, 'x', '127.0.0.1', 9000, dropped), ['timeout'])
    t.deepEqual(await ask(lab, 'p1', '127.0.0.1', 9000, dropped), ['timeout'])
    // It is our rule that keeps pods away: their bridge routes such addresses now.
    const [jump = ''] = /^-A INPUT -j NP\d+-LOCALNET$/m.exec(save(lab)) ?? []
    iptables(lab, jump.replace('-A', '-D'))
    t.deepEqual(await ask(lab, 'p1', '127.0.0.1', 9000, dropped), ['private'])
    const [, chain = ''] = /(NP\d+-LOCALNET)/.exec(jump) ?? []
    const changes = await planned(lab, web(lab, withLocalhost))
    t.is(changes.length, 1, changes.join('\n'))
    t.regex(changes[0]!, new RegExp(`^update jumps .* in ip filter INPUT: rules .*${chain}`))
  })

for (const backend of backends)
  test.serial(`25 ${backend}: nodePortAddresses, and whose port it is not`, async (t) => {
    const lab = labs[backend]
    await lab.serve('x', [{ protocol: 'tcp', port: nodePort }], 'outside')
    const own = `serviceProxy: { nodePortAddresses: ${list('192.168.77.0/24', 'fd00:77::/64')} }\n`
    await lab.apply(web(lab, own))
    for (const family of families) {
      for (const from of ['x', 'node', 'node2'] as const) {
        const served = await ask(lab, from, node[family], nodePort, { count: 2 })
        t.deepEqual([...served].sort(), ['p1', 'q1'], from)
      }
      t.deepEqual(await ask(lab, 'node2', under[family], nodePort), ['ECONNREFUSED'])
      t.deepEqual(await ask(lab, 'p1', bridge[family], nodePort), ['ECONNREFUSED'])
      // Somebody else's port of this number.
      for (const from of ['node', 'p1', 'q1'] as const)
        t.deepEqual(await ask(lab, from, x[family], nodePort), ['outside'], from)
    }
  })
