import fc from 'fast-check'

/** How packets come from node to node. */
export type Way = 'hostGateway' | 'static' | 'direct' | 'remotes' | 'multicast'

/** A small fleet, as numbers; `fleetFile` makes its configuration. Any smaller one is valid too. */
export interface FleetShape {
  readonly way: Way
  /** The families of pods. */
  readonly pods: Families
  /** The families of node addresses, the first one being that between nodes. */
  readonly underlay: Families
  readonly from: 'hostNumber' | 'position' | 'given'
  /** Where the uplink of the nodes is named. */
  readonly interface: 'nowhere' | 'cluster' | 'node'
  readonly masquerade: boolean
  readonly mtu: number | undefined
  /** A bridge and a tunnel with names of their own. */
  readonly named: boolean
  readonly reserved: boolean
  readonly nodes: readonly NodeShape[]
}

type Families = 'inet' | 'inet6' | 'both' | 'both6'

export interface NodeShape {
  readonly host: number
  readonly subnet: 0 | 1
  readonly mac: boolean
  /** One a pod: whether the file gives its address. */
  readonly pods: readonly boolean[]
}

const families = fc.constantFrom<Families>('inet', 'inet6', 'both', 'both6')

const nodeShape: fc.Arbitrary<NodeShape> = fc.record({
  host: fc.integer({ min: 2, max: 200 }),
  subnet: fc.constantFrom(0 as const, 1 as const),
  mac: fc.boolean(),
  pods: fc.array(fc.boolean(), { maxLength: 2 }),
})

/**
 * Fleets of that many nodes at most.
 *
 * @param ways the backends, of which any is taken
 */
export const fleets = (maxNodes: number, ways: readonly Way[]): fc.Arbitrary<FleetShape> =>
  fc.record({
    way: fc.constantFrom(...ways),
    pods: families,
    underlay: families,
    from: fc.constantFrom('hostNumber', 'position', 'given'),
    interface: fc.constantFrom('nowhere', 'cluster', 'node'),
    masquerade: fc.boolean(),
    mtu: fc.option(fc.constantFrom(1280, 1400), { nil: undefined }),
    named: fc.boolean(),
    reserved: fc.boolean(),
    nodes: fc.uniqueArray(nodeShape, {
      minLength: 2,
      maxLength: maxNodes,
      selector: ({ host }) => host,
    }),
  })

export const allWays: readonly Way[] = ['hostGateway', 'static', 'direct', 'remotes', 'multicast']

/** A node of a fleet, as a person would tell of it. */
export interface FleetMember {
  readonly name: string
  readonly subnet: number
  /** With lengths: what its uplink gets. */
  readonly addresses: readonly string[]
  readonly pods: readonly FleetPod[]
}

export interface FleetPod {
  readonly name: string
  /** Where it is to be: one of each family; undefined: wherever there is room in these prefixes. */
  readonly addresses: readonly string[] | undefined
  readonly podCIDRs: readonly string[]
}

const listOf = <T>(which: Families, four: T, six: T): readonly T[] =>
  ({ inet: [four], inet6: [six], both: [four, six], both6: [six, four] })[which]

/** What a shape cannot have: IPv6 pods by IPv4 gateways, and nodes of several subnets where one is needed. */
const underlayOf = ({ way, pods, underlay }: FleetShape): Families =>
  way === 'hostGateway' && pods !== 'inet' && underlay === 'inet' ? 'both' : underlay

const subnetOf = ({ way }: FleetShape, { subnet }: NodeShape): number =>
  way === 'hostGateway' || way === 'multicast' ? 0 : subnet

const indexOf = ({ from }: FleetShape, { host }: NodeShape, position: number): number =>
  ({ hostNumber: host, position, given: 7 * position + 3 })[from]

const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? (list[0] as T) : list)

/** The nodes of a shape, and where their pods are, reckoned by other means than netplan's. */
export const membersOf = (shape: FleetShape, prefix: string): readonly FleetMember[] =>
  shape.nodes.map((node, position) => {
    const index = indexOf(shape, node, position)
    const subnet = subnetOf(shape, node)
    const hex = index.toString(16)
    const podCIDRs = listOf(shape.pods, `10.244.${String(index)}.0/24`, `fd00:244:0:${hex}::/64`)
    return {
      name: `${prefix}-n${String(position)}`,
      subnet,
      addresses: listOf(
        underlayOf(shape),
        `192.168.${String(subnet)}.${String(node.host)}/24`,
        `fd00:192:0:${String(subnet)}::${node.host.toString(16)}/64`,
      ),
      pods: node.pods.map((isGiven, place) => {
        const host = 20 + place
        const four = `10.244.${String(index)}.${String(host)}`
        const six = `fd00:244:0:${hex}::${host.toString(16)}`
        const addresses = isGiven ? listOf(shape.pods, four, six) : undefined
        return { name: `${prefix}-p${String(position)}.${String(place)}`, addresses, podCIDRs }
      }),
    }
  })

const backendOf = ({ way, named }: FleetShape): unknown => {
  if (way === 'hostGateway') return way
  const own = named ? { id: 77, port: 8472, name: 'flat0' } : {}
  if (way === 'direct') return { type: 'vxlan', directRouting: true, ...own }
  return { type: 'vxlan', flood: way, ...own }
}

const withoutLength = (address: string): string => address.split('/')[0] ?? ''

const nodeEntry = (shape: FleetShape, node: NodeShape, member: FleetMember): unknown => {
  const addresses = member.addresses.map(withoutLength)
  const { podCIDRs } = member.pods[0] ?? {}
  const index = indexOf(shape, node, shape.nodes.indexOf(node))
  const own = podCIDRs ?? [
    ...listOf(shape.pods, `10.244.${String(index)}.0/24`, `fd00:244:0:${index.toString(16)}::/64`),
  ]
  const isStatic = shape.way === 'static' || shape.way === 'direct'
  return {
    address: one(addresses),
    ...(shape.from === 'given' ? { podCIDR: one(own) } : {}),
    ...(shape.interface === 'node' ? { interface: 'up0' } : {}),
    ...(node.mac && isStatic
      ? { vtepMAC: `02:00:00:00:0a:${node.host.toString(16).padStart(2, '0')}` }
      : {}),
  }
}

/** The sections of a fleet's file, as plain data: JSON is YAML. */
export const fleetFile = (
  shape: FleetShape,
  prefix: string,
): {
  readonly cluster: Readonly<Record<string, unknown>>
  readonly pods: Readonly<Record<string, unknown>>
} => {
  const members = membersOf(shape, prefix)
  const needsDevice = shape.way === 'multicast' && shape.interface === 'nowhere'
  return {
    cluster: {
      podCIDR: one(listOf(shape.pods, '10.244.0.0/16', 'fd00:244::/48')),
      nodeCIDR: ['192.168.0.0/24', '192.168.1.0/24', 'fd00:192::/64', 'fd00:192:0:1::/64'],
      ...(shape.from === 'given' ? {} : { podCIDRFrom: shape.from }),
      ...(shape.interface === 'cluster' || needsDevice ? { interface: 'up0' } : {}),
      ...(shape.mtu === undefined ? {} : { mtu: shape.mtu }),
      ...(shape.named ? { bridge: 'pods' } : {}),
      ...(shape.masquerade ? { masquerade: true } : {}),
      ...(shape.reserved
        ? { reserved: listOf(shape.pods, '10.244.3.0/29', 'fd00:244:0:3::/125') }
        : {}),
      backend: backendOf(shape),
      nodes: Object.fromEntries(
        members.map((member, position) => [
          member.name,
          nodeEntry(shape, shape.nodes[position] as NodeShape, member),
        ]),
      ),
    },
    pods: Object.fromEntries(
      members.flatMap(({ name: node, pods }) =>
        pods.map(({ name, addresses }) => [
          name,
          { node, ...(addresses ? { address: one(addresses) } : {}) },
        ]),
      ),
    ),
  }
}
