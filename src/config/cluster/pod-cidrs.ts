import { canonicalPrefix, contains, familyOf } from '../../net/addresses.ts'
import { countSubnets, placeIn, subnetAt } from '../../net/subnets.ts'
import type { Cluster, ClusterNode } from '../config.ts'
import { listOf, type PodCIDRsOf } from './fleet.ts'

const maskSizes = ({ nodeCIDRMaskSize = 24, nodeCIDRMaskSizeIPv6 = 64 }: Cluster) => ({
  inet: nodeCIDRMaskSize,
  inet6: nodeCIDRMaskSizeIPv6,
})

/** The length of the prefix that a node gets of a pod network. */
export const maskSizeOf = (cluster: Cluster, podCIDR: string): number =>
  maskSizes(cluster)[familyOf(podCIDR)]

/**
 * How far a node is into the pod network, counted in networks of nodes; undefined where nothing says it.
 * The host number is that of its first address.
 */
export const indexOf = (
  { podCIDRFrom, nodeCIDR }: Cluster,
  { address }: ClusterNode,
  position: number,
): bigint | undefined => {
  if (podCIDRFrom === 'position') return BigInt(position)
  const [first] = listOf(address)
  if (podCIDRFrom === undefined || first === undefined) return undefined
  const subnet = listOf(nodeCIDR).find((prefix) => contains(prefix, first))
  return subnet === undefined ? undefined : placeIn(subnet, first)
}

/** Whether a pod network has a part of this index. */
export const hasRoom = (cluster: Cluster, podCIDR: string, index: bigint): boolean =>
  index < countSubnets(podCIDR, maskSizeOf(cluster, podCIDR))

/**
 * The pod networks of a node: what it says, and of families that it does not name, what its index gives. Those
 * that there is no room for are missing: a check says so.
 */
export const podCIDRsFor =
  (cluster: Cluster): PodCIDRsOf =>
  (node, position) => {
    const given = listOf(node.podCIDR)
    if (given.length > 0) return given.map((prefix) => canonicalPrefix(prefix, familyOf(prefix)))
    const index = indexOf(cluster, node, position)
    if (index === undefined) return []
    return listOf(cluster.podCIDR)
      .filter((pool) => hasRoom(cluster, pool, index))
      .map((pool) =>
        subnetAt(canonicalPrefix(pool, familyOf(pool)), maskSizeOf(cluster, pool), index),
      )
  }
