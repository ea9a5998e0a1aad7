import fc from 'fast-check'

/** A small node, as numbers; `toYaml` makes its configuration. Any smaller one is valid too. */
export interface Topology {
  readonly namespaces: number
  readonly bridges: readonly BridgeShape[]
  readonly veths: readonly VethShape[]
  readonly vxlans: readonly VxlanShape[]
  readonly routes: readonly RouteShape[]
  readonly rules: readonly RuleShape[]
  readonly forward: boolean
}

interface BridgeShape {
  readonly mtu: number | string | undefined
  readonly stp: boolean
  readonly ageing: number | undefined
  readonly mac: boolean
  readonly addresses: number
  readonly filter: boolean
}

interface VethShape {
  readonly bridge: number
  /** Which namespace; beyond the last one: the node itself. */
  readonly namespace: number
  readonly hairpin: boolean
  readonly isolated: boolean
  readonly mtu: number | string | undefined
  readonly peerMac: boolean
  readonly second: boolean
  readonly gateway: 'none' | 'inet' | 'both'
}

interface VxlanShape {
  readonly flood: 'group' | 'remotes' | 'remotes6' | 'none'
  readonly remotes: number
  readonly bridge: number
  readonly id: number
  readonly port: number
  readonly learning: boolean
  readonly ttl: number
  readonly mtu: number | 'auto' | undefined
  readonly entries: number
  readonly neighbors: number
}

interface RouteShape {
  readonly type:
    'via' | 'direct' | 'chained' | 'multipath' | 'blackhole' | 'unreachable' | 'prohibit'
  readonly bridge: number
  readonly six: boolean
  readonly metric: number | undefined
  readonly table: number | undefined
  readonly mtu: number | undefined
  readonly source: boolean
  readonly onlink: boolean
}

interface RuleShape {
  readonly six: boolean
  readonly by: 'from' | 'to' | 'fwmark' | 'iif'
  readonly type: 'lookup' | 'blackhole' | 'prohibit'
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })

const bridge: fc.Arbitrary<BridgeShape> = fc.record({
  mtu: maybe(fc.constantFrom<number | string>(1280, 1400, 1450, 1500, 9000, 'like eth0')),
  stp: fc.boolean(),
  ageing: maybe(fc.constantFrom(0, 30, 300, 1000.5)),
  mac: fc.boolean(),
  addresses: fc.integer({ min: 0, max: 3 }),
  filter: fc.boolean(),
})

const veth: fc.Arbitrary<VethShape> = fc.record({
  bridge: fc.integer({ min: 0, max: 3 }),
  namespace: fc.integer({ min: 0, max: 6 }),
  hairpin: fc.boolean(),
  isolated: fc.boolean(),
  mtu: maybe(fc.constantFrom<number | string>(1280, 1400, 1500, 9000, 'like 172.18.0.1')),
  peerMac: fc.boolean(),
  second: fc.boolean(),
  gateway: fc.constantFrom('none', 'inet', 'both'),
})

const vxlan: fc.Arbitrary<VxlanShape> = fc.record({
  flood: fc.constantFrom('group', 'remotes', 'remotes6', 'none'),
  remotes: fc.integer({ min: 1, max: 3 }),
  bridge: fc.integer({ min: 0, max: 3 }),
  id: fc.integer({ min: 1, max: 3 }),
  port: fc.constantFrom(4789, 8472),
  learning: fc.boolean(),
  ttl: fc.constantFrom(0, 5, 64),
  mtu: maybe(fc.constantFrom<number | 'auto'>(1400, 'auto')),
  entries: fc.integer({ min: 0, max: 2 }),
  neighbors: fc.integer({ min: 0, max: 2 }),
})

const route: fc.Arbitrary<RouteShape> = fc.record({
  type: fc.constantFrom(
    'via',
    'direct',
    'chained',
    'multipath',
    'blackhole',
    'unreachable',
    'prohibit',
  ),
  bridge: fc.integer({ min: 0, max: 2 }),
  six: fc.boolean(),
  metric: maybe(fc.constantFrom(5, 100)),
  table: maybe(fc.constantFrom(100, 1000)),
  mtu: maybe(fc.constant(1300)),
  source: fc.boolean(),
  onlink: fc.boolean(),
})

const rule: fc.Arbitrary<RuleShape> = fc.record({
  six: fc.boolean(),
  by: fc.constantFrom('from', 'to', 'fwmark', 'iif'),
  type: fc.constantFrom('lookup', 'blackhole', 'prohibit'),
})

export const topologies: fc.Arbitrary<Topology> = fc.record({
  namespaces: fc.integer({ min: 1, max: 6 }),
  bridges: fc.array(bridge, { maxLength: 3 }),
  veths: fc.array(veth, { maxLength: 5 }),
  vxlans: fc.array(vxlan, { maxLength: 2 }),
  routes: fc.array(route, { maxLength: 6 }),
  rules: fc.array(rule, { maxLength: 3 }),
  forward: fc.boolean(),
})

type Section = Record<string, unknown>

const defined = (section: Section): Section =>
  Object.fromEntries(
    Object.entries(section).filter(([, value]) => value !== undefined && value !== null),
  )

const hex = (number: number): string => number.toString(16).padStart(2, '0')

const bridgeSection = (shape: BridgeShape, index: number): Section =>
  defined({
    mtu: shape.mtu,
    mac: shape.mac ? `02:00:00:00:b0:${hex(index)}` : undefined,
    stp: shape.stp ? true : undefined,
    forwardDelay: shape.stp ? 4 : undefined,
    ageingTime: shape.ageing,
    addresses: [
      `10.${String(index)}.0.1/24`,
      `fd00:${String(index)}::1/64`,
      `10.${String(index)}.0.2/24`,
    ].slice(0, shape.addresses),
  })

const bridgeName = (topology: Topology, index: number): string | undefined =>
  index < topology.bridges.length ? `br${String(index)}` : undefined

const gateways = (shape: VethShape, near: string | undefined): Section[] => {
  if (near === undefined || shape.gateway === 'none') return []
  const index = near.slice(2)
  const inet = { to: 'default', via: `10.${index}.0.1` }
  return shape.gateway === 'inet' || !shape.second
    ? [inet]
    : [inet, { to: '::/0', via: `fd00:${index}::1` }]
}

const vethSection = (shape: VethShape, index: number, topology: Topology, ns: string): Section => {
  const near = bridgeName(topology, shape.bridge)
  const host = String(10 + index)
  const subnet = near === undefined ? `10.10${String(index)}.0` : `10.${near.slice(2)}.0`
  const isNode = shape.namespace >= topology.namespaces
  const subnet6 = near === undefined ? `fd01:${host}` : `fd00:${near.slice(2)}`
  // In the node the subnet is the bridge's already.
  const own = isNode
    ? [`10.20${String(index)}.0.1/30`]
    : [`${subnet}.${host}/24`, `${subnet6}::${host}/64`]
  return defined({
    bridge: near,
    hairpin: near !== undefined && shape.hairpin ? true : undefined,
    isolated: near !== undefined && shape.isolated ? true : undefined,
    mtu: shape.mtu,
    peer: defined({
      name: isNode ? `p${String(index)}` : `eth${String(index)}`,
      namespace: isNode ? undefined : `${ns}-${String(shape.namespace)}`,
      mac: shape.peerMac ? `02:00:00:00:e0:${hex(index)}` : undefined,
      mtu: shape.mtu,
      addresses: shape.second ? own : own.slice(0, 1),
      // One default route of a namespace is enough.
      routes: isNode || index > 0 ? undefined : gateways(shape, near),
    }),
  })
}

const floodOf = (shape: VxlanShape, index: number): Section => {
  const numbers = Array.from({ length: shape.remotes }, (_, at) => String(at + 2))
  if (shape.flood === 'group') return { group: `239.1.1.${String(index + 1)}`, device: 'eth0' }
  if (shape.flood === 'remotes')
    return { remotes: numbers.map((at) => `172.18.0.${at}`), local: '172.18.0.1' }
  if (shape.flood === 'remotes6')
    return { remotes: numbers.map((at) => `fd18::${at}`), local: 'fd18::1' }
  return { device: 'eth0' }
}

const vxlanSection = (shape: VxlanShape, index: number, topology: Topology): Section => {
  const six = shape.flood === 'remotes6'
  return defined({
    id: shape.id * 10 + index,
    port: shape.port,
    learning: shape.learning,
    ttl: shape.ttl,
    mtu: shape.mtu,
    bridge: bridgeName(topology, shape.bridge),
    ...floodOf(shape, index),
    fdb: Array.from({ length: shape.entries }, (_, at) => ({
      mac: `02:00:00:0f:db:${hex(at)}`,
      remote: six ? `fd18::${String(at + 2)}` : `172.18.0.${String(at + 2)}`,
    })),
    neighbors: Array.from({ length: shape.neighbors }, (_, at) => ({
      address: at === 0 ? '10.77.0.1' : 'fd77::1',
      mac: `02:00:00:00:77:${hex(at)}`,
    })),
  })
}

const nextHops = (shape: RouteShape, topology: Topology): Section => {
  const bridges = topology.bridges
    .map((_, at) => at)
    .filter((at) => (topology.bridges[at]?.addresses ?? 0) >= 2)
  const at = bridges[shape.bridge % Math.max(1, bridges.length)]
  if (at === undefined) return { type: 'blackhole' }
  const index = String(at)
  const host = (last: number): string =>
    shape.six ? `fd00:${index}::${String(last)}` : `10.${index}.0.${String(last)}`
  const source = shape.source ? { src: host(1) } : {}
  if (shape.type === 'direct') return { device: `br${index}`, ...source }
  if (shape.type === 'multipath') {
    return {
      nexthops: [
        { via: host(7), weight: 1 },
        { via: host(8), weight: 3, device: `br${index}` },
      ],
    }
  }
  return shape.onlink
    ? { via: shape.six ? 'fe80::99' : '192.0.2.1', device: `br${index}`, onlink: true, ...source }
    : { via: host(9), ...source }
}

const routeSections = (shape: RouteShape, index: number, topology: Topology): Section[] => {
  const subnet = (second: number): string =>
    shape.six
      ? `fd${String(second)}:${String(index)}::/64`
      : `10.${String(second)}.${String(index)}.0/24`
  const common = defined({ metric: shape.metric, table: shape.table, mtu: shape.mtu })
  if (['blackhole', 'unreachable', 'prohibit'].includes(shape.type)) {
    return [defined({ to: subnet(50), type: shape.type, metric: shape.metric, table: shape.table })]
  }
  const hops = nextHops(shape, topology)
  if (hops['type'] !== undefined)
    return [defined({ to: subnet(50), ...hops, metric: shape.metric, table: shape.table })]
  if (shape.type !== 'chained') return [{ to: subnet(50), ...hops, ...common }]
  const device = `br${String(topology.bridges.findIndex(({ addresses }) => addresses >= 2))}`
  const gateway = subnet(60).replace('::/64', '::9').replace('.0/24', '.9')
  // The one that the other needs comes last in the file.
  return [
    { to: subnet(70), via: gateway, ...defined({ metric: shape.metric }) },
    { to: subnet(60), device },
  ]
}

const ruleSection = (shape: RuleShape, index: number): Section => {
  const prefix = shape.six ? `fd90:${String(index)}::/64` : `10.90.${String(index)}.0/24`
  const by: Section = {
    from: { from: prefix },
    to: { to: prefix },
    fwmark: { fwmark: '0x10/0xff', family: shape.six ? 'inet6' : 'inet' },
    iif: { iif: 'br0', family: shape.six ? 'inet6' : 'inet' },
  }[shape.by]
  return defined({
    priority: 1000 + index,
    ...by,
    ...(shape.type === 'lookup' ? { table: 100 } : { type: shape.type }),
  })
}

const numbered = (prefix: string, sections: readonly Section[]): Section =>
  Object.fromEntries(sections.map((section, index) => [`${prefix}${String(index)}`, section]))

/**
 * The configuration of a topology, as JSON (which is YAML).
 *
 * @param ns what the names of its namespaces begin with
 */
export const toYaml = (topology: Topology, ns: string): string => {
  const names = Array.from({ length: topology.namespaces }, (_, index) => `${ns}-${String(index)}`)
  const filtered = topology.bridges.flatMap(({ filter }, index) =>
    filter ? [[`net.ipv4.conf.br${String(index)}.rp_filter`, 2]] : [],
  )
  return JSON.stringify(
    {
      version: 1,
      interfaces: { eth0: {} },
      namespaces: Object.fromEntries(names.map((name) => [name, {}])),
      bridges: numbered('br', topology.bridges.map(bridgeSection)),
      veths: numbered(
        've',
        topology.veths.map((shape, at) => vethSection(shape, at, topology, ns)),
      ),
      vxlans: numbered(
        'vx',
        topology.vxlans.map((shape, at) => vxlanSection(shape, at, topology)),
      ),
      routes: topology.routes.flatMap((shape, index) => routeSections(shape, index, topology)),
      rules: topology.rules.map(ruleSection),
      sysctls: Object.fromEntries([
        ...filtered,
        ...(topology.forward ? [['net.ipv4.ip_forward', 1]] : []),
      ]),
    },
    null,
    1,
  )
}
