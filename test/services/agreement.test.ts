import test from 'ava'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { Config, Service } from '../../src/config/config.ts'
import { familyOf } from '../../src/net/addresses.ts'
import type { Family } from '../../src/net/addresses.ts'
import type { Backend } from '../../src/iptables/restore.ts'
import { describe } from '../trace/describe.ts'
import type { Rules } from '../trace/rules.ts'
import { trace } from '../trace/trace.ts'
import type { Packet, Trace } from '../trace/trace.ts'
import { createWorld } from '../trace/world.ts'
import type { Route, World } from '../trace/world.ts'
import { loadRules } from '../trace/rules.ts'
import { save } from './firewall.ts'
import { nodeName, pool, serviceSets, toConfig } from './generate.ts'
import type { ServiceSet } from './generate.ts'
import { createLab } from './lab.ts'
import type { Lab } from './lab.ts'
import type { Protocol, Result } from './protocol.ts'
import { addresses } from './topology.ts'

const families = ['inet', 'inet6'] as const

/** All that endpoints may be asked at: whoever is there answers. */
const ports = [80, 443, 53, 8080, 5353, 9153]

/** What the node itself serves. */
const ownPort = 9000

// What is asked.

interface Probe {
  readonly from: 'x' | 'node' | 'p1'
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
}

interface ProbeShape {
  readonly from: Probe['from']
  readonly protocol: Protocol
  readonly six: boolean
  readonly to: 'service' | 'node port' | 'undefined port' | 'nobody' | 'pod' | 'own'
  readonly service: number
  readonly part: number
}

const probeShapes: fc.Arbitrary<ProbeShape> = fc.record({
  from: fc.constantFrom('x', 'node', 'p1'),
  protocol: fc.constantFrom('tcp', 'udp'),
  six: fc.boolean(),
  to: fc.constantFrom(
    ...(['service', 'service', 'service', 'node port', 'node port'] as const),
    ...(['undefined port', 'nobody', 'pod', 'own'] as const),
  ),
  service: fc.nat(1000),
  part: fc.nat(1000),
})

const pick = <T>(list: readonly T[], number: number): T | undefined =>
  list[number % Math.max(1, list.length)]

const facesOf = ({ clusterIPs = [], externalIPs = [], loadBalancerIPs = [] }: Service) => [
  ...clusterIPs,
  ...externalIPs,
  ...loadBalancerIPs,
]

const toProbe = (shape: ProbeShape, config: Config, lab: Lab): Probe | undefined => {
  const family: Family = shape.six ? 'inet6' : 'inet'
  const usable = Object.values(config.services ?? {}).flatMap((service) =>
    service.ports
      .filter(({ protocol = 'tcp' }) => protocol === shape.protocol)
      .map((one) => ({ service, ...one })),
  )
  const chosen = pick(usable, shape.service)
  const { from, protocol } = shape
  const to = (address: string | undefined, port: number | undefined): Probe | undefined =>
    address === undefined || port === undefined
      ? undefined
      : { from, protocol, address: address.toLowerCase().replace(':0::', '::'), port }
  const own = [addresses.node[family], addresses.bridge[family], addresses.under[family]]
  switch (shape.to) {
    case 'service': {
      const faces = facesOf(chosen?.service ?? { ports: [] })
      return to(
        pick(
          faces.filter((one) => familyOf(one) === family),
          shape.part,
        ),
        chosen?.port,
      )
    }
    case 'undefined port': {
      const { clusterIPs = [] } = chosen?.service ?? {}
      return to(
        pick(
          clusterIPs.filter((one) => familyOf(one) === family),
          0,
        ),
        4321,
      )
    }
    case 'node port': {
      const nodePorts = usable.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]))
      return to(pick(own, shape.part), pick(nodePorts, shape.service))
    }
    case 'nobody':
      return to({ inet: '10.96.255.250', inet6: 'fd00:96::fffa' }[family], chosen?.port)
    case 'pod':
      return to(pick(lab.pods, shape.part)?.[family], 8080)
    case 'own':
      // A datagram's answer would come from the address nearest to the client, not from the one asked.
      return to(
        pick(own, shape.part),
        pick(protocol === 'tcp' ? [ownPort, 4321] : [4321], shape.service),
      )
  }
}

// What the tracer has to know of the node.

interface Way extends Route {
  readonly source: string
}

/** The kernel's own routes, asked for once each. */
const waysOf = (lab: Lab): ((to: string) => Way | undefined) => {
  const known = new Map<string, Way | undefined>()
  const ask = (to: string): Way | undefined => {
    try {
      const [found] = JSON.parse(lab.node.ip(`-j route get ${to}`))
      const local = found.type === 'local'
      return { out: local ? 'lo' : found.dev, local, source: found.prefsrc }
    } catch {
      return undefined
    }
  }
  return (to) => {
    if (!known.has(to)) known.set(to, ask(to))
    return known.get(to)
  }
}

const copyOf = (world: World, random: () => number): World => ({
  ...world,
  random,
  counters: new Map(world.counters),
  recent: new Map([...world.recent].map(([name, list]) => [name, new Map(list)])),
})

interface Attempt {
  readonly traced: Trace
  /** The world after it. */
  readonly world: World
  readonly expected: string
}

const packetOf = (
  { from, protocol, address, port }: Probe,
  lab: Lab,
  ways: ReturnType<typeof waysOf>,
): Packet => {
  const family = familyOf(address)
  const common = { destination: address, protocol, sport: 40_000, dport: port }
  if (from === 'node') return { ...common, source: ways(address)?.source ?? '', origin: 'local' }
  const source = from === 'x' ? addresses.x[family] : (lab.pods[0]?.[family] ?? '')
  return { ...common, source, origin: 'forwarded', inInterface: from === 'x' ? 'eth0' : 'br0' }
}

/** Who answers at an address, as far as anybody is there. */
const serverOf = (lab: Lab, address: string): string | undefined => {
  const pods = [...lab.pods, ...(lab.second?.pods ?? [])]
  const found = pods.find(({ inet, inet6 }) => inet === address || inet6 === address)
  if (found) return found.name
  return families.some((family) => addresses.node2[family] === address) ? 'node2' : undefined
}

const expectedOf = (traced: Trace, lab: Lab): string => {
  const { verdict, route, destination, source } = traced
  if (verdict === 'reject') return 'refused'
  if (verdict === 'drop') return 'silence'
  const server = route?.local ? 'node' : serverOf(lab, destination.address)
  const { port = 0 } = destination
  const serves = server === 'node' ? port === ownPort : ports.includes(port)
  if (server === undefined) return 'silence'
  return serves ? `${server}:${port} as ${String(source.address)}` : 'refused'
}

const observedOf = (result: Result): string => {
  if (result.error === undefined) return `${result.server}:${result.port} as ${result.peer}`
  if (result.error === 'ECONNREFUSED') return 'refused'
  return ['timeout', 'EHOSTUNREACH', 'ENETUNREACH'].includes(result.error)
    ? 'silence'
    : result.error
}

/** What its own rules keep from leaving, a node's program is told of, however they do. */
const agree = (expected: string, observed: string, { from }: Probe): boolean =>
  expected === observed ||
  (from === 'node' && observed === 'EPERM' && ['refused', 'silence'].includes(expected))

// The lab.

const oneSet = (seed: number): ServiceSet => {
  const [set] = fc.sample(serviceSets({ minLength: 30, maxLength: 30 }), { seed, numRuns: 1 })
  if (!set) throw new Error('no set')
  const services = set.services.map((shape) => ({
    ...shape,
    // A second could pass between two probes.
    affinity: shape.affinity === undefined ? undefined : 0,
    endpoints: shape.endpoints.map((one, index) =>
      // Nobody is at the last three, and there a client waits.
      index % 4 === 0 ? one : { ...one, host: one.host % 4 },
    ),
  }))
  const proxy = {
    services: families,
    clusters: families,
    pods: false,
    nodePortAddresses: undefined,
    localhost: undefined,
    masqueradeAll: undefined,
    bit: undefined,
  }
  return { services, proxy }
}

/** Who else has addresses, and the ways there. */
const prepare = async (lab: Lab): Promise<void> => {
  const { node } = lab
  // The kernel tells a client once a second that nobody is there, but for this.
  node.exec(['sysctl', '-q', '-w', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0'])
  const own = [pool.loadBalancerIPs.inet, pool.loadBalancerIPs.inet6].map((all) => all[2])
  node.ip(`address add ${own[0]}/32 dev lo`)
  node.ip(`address add ${own[1]}/128 dev lo nodad`)
  for (const to of ['192.0.2.0/24', '198.51.100.0/24', '10.0.0.0/24'])
    node.ip(`route add ${to} via ${addresses.node.inet}`, node.ns('x'))
  for (const to of ['2001:db8::/32', 'fd00:10::/64'])
    node.ip(`route add ${to} via ${addresses.node.inet6}`, node.ns('x'))
  await lab.second?.apply()
  const both = (numbers: readonly number[]) =>
    numbers.flatMap((port) => (['tcp', 'udp'] as const).map((protocol) => ({ protocol, port })))
  await lab.serve('node2', both(ports))
  await lab.serve('node', both([ownPort]))
}

const compare = async (t: ExecutionContext, backend: Backend, count: number): Promise<void> => {
  const seed = Number(process.env['NETPLAN_SEED'] ?? Date.now() % 0x7fffffff)
  t.log(`seed ${seed}`)
  const lab = createLab(t, { backend, ports, second: true })
  const set = toConfig(oneSet(seed))
  const text = JSON.stringify(set).replaceAll(`"${nodeName}"`, `"${lab.node.name}"`)
  const config = JSON.parse(text) as Config
  const { serviceProxy, services } = config
  await lab.apply(
    `serviceProxy: ${JSON.stringify(serviceProxy)}\nservices: ${JSON.stringify(services)}\n`,
  )
  await prepare(lab)
  const rules: Readonly<Record<Family, Rules>> = {
    inet: loadRules(save(lab, 'inet'), 'inet'),
    inet6: loadRules(save(lab, 'inet6'), 'inet6'),
  }
  const ways = waysOf(lab)
  let world = createWorld({
    isLocal: (address) => ways(address)?.local === true,
    route: (to) => ways(to),
    now: () => Date.now(),
  })
  const attempt = (probe: Probe): Attempt & { readonly byChance: boolean } => {
    let byChance = false
    const copy = copyOf(world, () => {
      byChance = true
      return Math.random()
    })
    const traced = trace(rules[familyOf(probe.address)], packetOf(probe, lab, ways), copy)
    return { traced, world: copy, expected: expectedOf(traced, lab), byChance }
  }
  const sums: Record<string, number> = {}
  const differences: unknown[] = []
  const shapes = fc.sample(probeShapes, { seed, numRuns: count * 2 })
  let made = 0
  for (const shape of shapes) {
    const probe = toProbe(shape, config, lab)
    if (!probe || made === count) continue
    made += 1
    let foreseen = attempt(probe)
    const timeout = foreseen.byChance ? 500 : foreseen.expected === 'silence' ? 80 : 1500
    const options = { protocol: probe.protocol, timeout }
    const [result] = await lab.connect(probe.from, probe.address, probe.port, options)
    const observed = observedOf(result!)
    // Of what goes by chance, the kernel's choice has to be one of the tracer's.
    for (let tries = 0; tries < 200 && foreseen.byChance; tries += 1) {
      if (agree(foreseen.expected, observed, probe)) break
      foreseen = attempt(probe)
    }
    world = foreseen.world
    const { expected, traced } = foreseen
    const word = /^(refused|silence)$/.exec(expected)?.[0] ?? 'answered'
    sums[word] = (sums[word] ?? 0) + 1
    if (!agree(expected, observed, probe))
      differences.push({ probe, expected, observed, why: describe(traced).split('\n') })
  }
  t.log(`${made} probes: ${JSON.stringify(sums)}`)
  t.deepEqual(differences, [])
  t.is(made, count)
  // Not all of one kind: that would prove little.
  t.true(['answered', 'refused', 'silence'].every((word) => sums[word] !== undefined))
}

for (const backend of ['nft', 'legacy'] as const)
  test(`${backend}: the kernel and the tracer treat 250 packets alike`, async (t) => {
    t.timeout(120_000)
    await compare(t, backend, 250)
  })
