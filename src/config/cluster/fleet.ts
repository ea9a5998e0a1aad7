import { canonicalAddress, canonicalPrefix, contains, familyOf } from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import type { BackendDetails, Cluster, ClusterNode } from '../config.ts'
import type { Path } from '../located.ts'

/** How packets come from node to node, nothing left to a default. */
export type Backend =
  | { readonly type: 'hostGateway' }
  | {
      readonly type: 'vxlan'
      readonly id: number
      readonly port: number
      readonly name: string
      readonly flood: NonNullable<BackendDetails['flood']>
      readonly group: string | undefined
      readonly directRouting: boolean
    }

/** One node of the fleet. */
export interface FleetNode {
  readonly name: string
  /** Where it stands: of the one node of a cluster without a list, the cluster itself. */
  readonly path: Path
  /** By which the others reach it: one of each family at most. None, where nobody has to. */
  readonly addresses: readonly string[]
  /** Its part of the network of all pods; none, where that cannot be told. */
  readonly podCIDRs: readonly string[]
  readonly interface: string | undefined
  readonly vtepMAC: string | undefined
}

/** A cluster as its nodes. */
export interface Fleet {
  readonly cluster: Cluster
  readonly podCIDRs: readonly string[]
  readonly serviceCIDRs: readonly string[]
  /** The subnets of the nodes. */
  readonly subnets: readonly string[]
  readonly backend: Backend
  readonly bridge: string
  readonly nodes: readonly FleetNode[]
}

/** A value, or a list of one of each family. */
export const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

const prefixes = (value: string | readonly string[] | undefined): readonly string[] =>
  listOf(value).map((prefix) => canonicalPrefix(prefix, familyOf(prefix)))

/** That of a family, of a list of one of each. */
export const ofFamily = (list: readonly string[], family: Family): string | undefined =>
  list.find((one) => familyOf(one) === family)

/** The subnet of the nodes that an address is in. */
export const subnetOf = (
  { subnets }: Pick<Fleet, 'subnets'>,
  address: string,
): string | undefined => subnets.find((subnet) => contains(subnet, address))

const usualGroup = { inet: '239.1.1.1', inet6: 'ff05::100' }

/** That of the addresses by which nodes reach each other: the first of each. */
const familyBetween = ({ nodes = {} }: Cluster): Family =>
  familyOf(Object.values(nodes).flatMap(({ address }) => listOf(address))[0] ?? '')

const vxlanOf = (given: BackendDetails, cluster: Cluster): Backend => {
  const { id = 1, port = 4789, flood = 'static', directRouting = false } = given
  const usual = usualGroup[familyBetween(cluster)]
  const group = flood === 'multicast' ? canonicalAddress(given.group ?? usual) : undefined
  const name = given.name ?? `vxlan${String(id)}`
  return { type: 'vxlan', id, port, name, flood, group, directRouting }
}

const backendOf = (cluster: Cluster): Backend => {
  const { backend = 'hostGateway' } = cluster
  const given = typeof backend === 'string' ? { type: backend } : backend
  return given.type === 'vxlan' ? vxlanOf(given, cluster) : { type: 'hostGateway' }
}

/** What a node's place in the fleet says of it. */
export type PodCIDRsOf = (node: ClusterNode, position: number) => readonly string[]

const nodeOf = (
  { interface: device }: Cluster,
  [name, node]: readonly [string, ClusterNode],
  podCIDRs: readonly string[],
): FleetNode => ({
  name,
  path: ['cluster', 'nodes', name],
  addresses: listOf(node.address).map(canonicalAddress),
  podCIDRs,
  interface: node.interface ?? device,
  vtepMAC: node.vtepMAC?.toLowerCase(),
})

/**
 * The nodes of a cluster.
 *
 * @param self the name of the one node, where the cluster lists none
 * @param order the names of the nodes as the file has them: an object would have those that are numbers first
 * @param podCIDRsOf the pod networks of a node
 */
export const makeFleet = (
  cluster: Cluster,
  { self, order }: { readonly self: string; readonly order: readonly string[] },
  podCIDRsOf: PodCIDRsOf,
): Fleet => {
  const podCIDRs = prefixes(cluster.podCIDR)
  const alone: FleetNode = {
    name: self,
    path: ['cluster'],
    addresses: [],
    podCIDRs,
    interface: cluster.interface,
    vtepMAC: undefined,
  }
  const entries =
    cluster.nodes &&
    order.flatMap((name): readonly (readonly [string, ClusterNode])[] => {
      const node = cluster.nodes?.[name]
      return node ? [[name, node]] : []
    })
  return {
    cluster,
    podCIDRs,
    serviceCIDRs: prefixes(cluster.serviceCIDR),
    subnets: prefixes(cluster.nodeCIDR),
    backend: backendOf(cluster),
    bridge: cluster.bridge ?? 'cni0',
    nodes: entries?.map((entry, position) =>
      nodeOf(cluster, entry, podCIDRsOf(entry[1], position)),
    ) ?? [alone],
  }
}
