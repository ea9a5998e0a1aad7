import { canonicalAddress, contains, familyOf, hasHostBits } from '../../net/addresses.ts'
import { addressAt, lengthOf } from '../../net/subnets.ts'
import { nameFamily, overlap } from '../checks/prefixes.ts'
import { specialKind } from '../checks/service-addresses.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { WrittenConfig } from '../config.ts'
import { checkFamilies } from './check-pools.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { ofFamily, subnetOf } from './fleet.ts'
import { firstPath, spotsOf, type Spot } from './spots.ts'

interface NodeSpot extends Spot {
  readonly node: FleetNode
}

const addressSpots = ({ cluster }: Fleet, node: FleetNode): readonly NodeSpot[] =>
  spotsOf(cluster.nodes?.[node.name]?.address, [...node.path, 'address']).map(({ text, path }) => ({
    text: canonicalAddress(text),
    path,
    node,
  }))

const checkKind = ({ text, path, node }: NodeSpot): readonly Problem[] => {
  const kind = specialKind(text)
  if (kind === undefined) return []
  return [
    {
      code: 'value',
      message: `${text} of node ${node.name} is ${kind}: no other node reaches it by that`,
      path,
    },
  ]
}

/** An address that no host of its subnet can have. */
const checkPlace = (fleet: Fleet, { text, path, node }: NodeSpot): readonly Problem[] => {
  const subnet = subnetOf(fleet, text)
  if (subnet === undefined || familyOf(text) === 'inet6' || hasHostBits(subnet)) return []
  if (lengthOf(subnet) > 30) return []
  const ends = [
    { end: addressAt(subnet, 0n), what: 'network' },
    { end: addressAt(subnet, -1n), what: 'broadcast' },
  ]
  return ends
    .filter(({ end }) => end === text)
    .map(({ what }) => ({
      code: 'value',
      message: `${text} of node ${node.name} is the ${what} address of ${subnet}`,
      path,
      related: ['cluster', 'nodeCIDR'],
    }))
}

const inside = (
  fleet: Fleet,
  { text, path, node }: NodeSpot,
  prefixes: readonly string[],
  [what, related]: readonly [string, string],
): readonly Problem[] => {
  const prefix = prefixes.find((one) => contains(one, text))
  const subnet = subnetOf(fleet, text)
  // Where the networks overlap, that is told already.
  if (prefix === undefined || (subnet !== undefined && overlap(subnet, prefix))) return []
  const message = `${text} of node ${node.name} is in ${prefix}, the network of ${what}`
  return [{ code: 'value', message, path, related: ['cluster', related] }]
}

const checkSubnet = (fleet: Fleet, { text, path, node }: NodeSpot): readonly Problem[] => {
  const family = familyOf(text)
  const known = ofFamily(fleet.subnets, family)
  const isIndexed = fleet.cluster.podCIDRFrom === 'hostNumber'
  // Without a subnet it has no host number, which is told where that is needed.
  const isTold = isIndexed && fleet.cluster.nodes?.[node.name]?.podCIDR === undefined
  if (known === undefined || isTold || subnetOf(fleet, text) !== undefined) return []
  const list = fleet.subnets.filter((subnet) => familyOf(subnet) === family)
  const message = `${text} of node ${node.name} is outside of ${list.join(' and ')}`
  return [{ code: 'value', message, path, related: ['cluster', 'nodeCIDR'] }]
}

/** One of a family that the others do not have. */
const checkSameFamily = (fleet: Fleet, spots: readonly NodeSpot[]): readonly Problem[] => {
  const [first] = spots
  if (!first) return []
  const family = familyOf(first.text)
  return fleet.nodes
    .filter(({ addresses }) => familyOf(addresses[0] ?? '') !== family)
    .map(({ name, path }): Problem => ({
      code: 'value',
      message: `the first address of node ${name} is not ${nameFamily(family)}, as that of node ${first.node.name} is`,
      path: firstPath(fleet.cluster.nodes?.[name]?.address, [...path, 'address']),
      hint: 'packets between nodes are of one family',
      related: first.path,
    }))
}

/** The addresses by which nodes reach each other. */
export const checkNodeAddresses = (
  { cluster }: WrittenConfig,
  fleet: Fleet,
): readonly Problem[] => {
  if (!cluster?.nodes) return []
  const spots = fleet.nodes.flatMap((node) => addressSpots(fleet, node))
  return [
    ...spots.flatMap(checkKind),
    ...fleet.nodes.flatMap((node) =>
      checkFamilies(addressSpots(fleet, node), `addresses of node ${node.name}`),
    ),
    ...findTwins(spots, ({ text }) => text).map(([{ text, path, node }, first]): Problem => ({
      code: 'duplicate',
      message: `${text} is the address of nodes ${first.node.name} and ${node.name}`,
      path,
      related: first.path,
    })),
    ...spots.flatMap((spot) => [
      ...inside(fleet, spot, fleet.podCIDRs, ['all pods', 'podCIDR']),
      ...inside(fleet, spot, fleet.serviceCIDRs, ['services', 'serviceCIDR']),
      ...checkSubnet(fleet, spot),
      ...checkPlace(fleet, spot),
    ]),
    ...checkSameFamily(fleet, spots),
  ]
}
