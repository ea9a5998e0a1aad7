import type { ExecutionContext } from 'ava'
import type { Service } from '../../src/config/config.ts'
import { changesOf, show, sysctl } from '../node/story.ts'
import type { Lab, Place } from './lab.ts'
import type { Protocol } from './protocol.ts'
import { counts, outcomes, peers, slowest } from './results.ts'
import { endpointsOf, serviceAt, servicesYaml, tellAll, vip } from './scenarios.ts'
import { families } from './shared.ts'
import { addresses } from './topology.ts'

const protocols = ['tcp', 'udp'] as const

const ports = protocols.map((protocol) => ({
  name: protocol,
  protocol,
  port: 80,
  targetPort: 8080,
}))

/** One pod alone, and all four. */
const services = (lab: Lab): Record<string, Service> => ({
  alone: serviceAt(1, endpointsOf(lab, 'p1'), { ports }),
  web: serviceAt(2, endpointsOf(lab), { ports }),
})

// A packet that the bridge drops is sent again after a second.
const atOnce = 800

/** What a pod gets that asks a service, for both families. */
const ask = async (
  lab: Lab,
  number: number,
  timeout = atOnce,
  from: Place = 'p1',
): Promise<readonly string[]> => {
  const asked = families.map((family) => lab.connect(from, vip(number, family), 80, { timeout }))
  return (await Promise.all(asked)).flatMap(outcomes)
}

const hairpinOf = ({ node }: Lab, port: string): unknown =>
  show(node, `link show dev ${port}`)[0].linkinfo.info_slave_data.hairpin

/** As which address the servers see a client, whichever of them answers. */
const seenAs = async (
  lab: Lab,
  from: Place,
  to: { address: string; port: number; protocol?: Protocol },
): Promise<readonly string[]> => {
  const { address, port, protocol = 'tcp' } = to
  return peers(await lab.connect(from, address, port, { protocol, count: 4, timeout: 1000 }))
}

/** Checks as whom a client outside and pods are seen by way of the service. */
const checkPeers = async (
  t: ExecutionContext,
  lab: Lab,
  expected: Readonly<Record<'x' | 'p1', 'itself' | 'the node'>>,
): Promise<void> => {
  for (const family of families) {
    const [own, bridge, x] = [
      lab.pods[0]![family],
      addresses.bridge[family],
      addresses.x[family],
    ] as const
    for (const protocol of protocols) {
      const to = { address: vip(1, family), port: 80, protocol }
      const names = { x, p1: own, 'the node': bridge }
      for (const from of ['x', 'p1'] as const) {
        const as = expected[from] === 'itself' ? names[from] : bridge
        t.deepEqual(await seenAs(lab, from, to), [as], `${from} ${protocol} ${family}`)
      }
    }
    // Without a service, everybody is seen as who he is, whatever is masqueraded.
    const direct = { address: lab.pods[1]![family], port: 8080 }
    t.deepEqual(await seenAs(lab, 'p1', direct), [own])
    t.deepEqual(await seenAs(lab, 'x', direct), [x])
  }
}

tellAll({
  '11 a pod reaches itself by its service, at once': async (t, { lab, apply }) => {
    await apply(services(lab))
    for (const family of families)
      for (const protocol of protocols) {
        const results = await lab.connect('p1', vip(1, family), 80, { protocol, count: 5 })
        t.deepEqual(counts(results), { p1: 5 }, `${family} ${protocol}`)
        t.deepEqual(peers(results), [addresses.bridge[family]])
        t.true(slowest(results) < atOnce, String(slowest(results)))
        const all = await lab.connect('p1', vip(2, family), 80, { protocol, count: 8 })
        t.deepEqual(counts(all), { p1: 2, p2: 2, p3: 2, p4: 2 })
        t.true(slowest(all) < atOnce, String(slowest(all)))
      }
  },

  '12 hairpin that is turned off is drift, and turned on again': async (t, { lab, apply }) => {
    await apply(services(lab))
    t.deepEqual(
      [1, 2, 3, 4].map((index) => hairpinOf(lab, `veth${index}`)),
      [true, true, true, true],
    )
    lab.node.ip('link set dev veth1 type bridge_slave hairpin off')
    t.deepEqual(await ask(lab, 1, 300), ['timeout', 'timeout'])
    const plan = await lab.node.plan(lab.yaml(servicesYaml(services(lab))), lab.options)
    t.deepEqual(changesOf(plan), ['update link veth1: hairpin false -> true'])
    await apply(services(lab))
    t.deepEqual(await ask(lab, 1), ['p1', 'p1'])
  },

  '12 a bridge that passes iptables by is drift, and set right': async (t, { lab, apply }) => {
    await apply(services(lab))
    const other = { ...services(lab), alone: serviceAt(1, endpointsOf(lab, 'p2'), { ports }) }
    await apply(other)
    const names = ['bridge-nf-call-ip6tables', 'bridge-nf-call-iptables']
    for (const name of names) lab.node.exec(['sysctl', '-q', '-w', `net.bridge.${name}=0`])
    // The answer comes by the bridge alone, as from somebody else.
    t.deepEqual(await ask(lab, 1, 300), ['timeout', 'timeout'])
    const plan = await lab.node.plan(lab.yaml(servicesYaml(other)), lab.options)
    t.deepEqual(
      changesOf(plan),
      names.map((name) => `update sysctl net.bridge.${name}: value "0" -> "1"`),
    )
    await apply(other)
    t.deepEqual(await ask(lab, 1), ['p2', 'p2'])
    for (const name of names) t.is(sysctl(lab.node, `net/bridge/${name}`), '1')
  },

  '13 who comes from outside of the cluster is masqueraded, and nobody else': async (
    t,
    { lab, apply },
  ) => {
    const web = serviceAt(1, endpointsOf(lab, 'p2', 'p3'), { ports })
    await apply({ web })
    await checkPeers(t, lab, { x: 'the node', p1: 'itself' })
    await apply({ web }, { clusterCIDRs: [] })
    await checkPeers(t, lab, { x: 'itself', p1: 'itself' })
    await apply({ web }, { masqueradeAll: true })
    await checkPeers(t, lab, { x: 'the node', p1: 'the node' })
    await apply({ web })
    await checkPeers(t, lab, { x: 'the node', p1: 'itself' })
  },
})
