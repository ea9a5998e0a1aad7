import type { Cluster } from '../../../src/config/config.ts'
import { makeFleet, type Fleet } from '../../../src/config/cluster/fleet.ts'
import { podCIDRsFor } from '../../../src/config/cluster/pod-cidrs.ts'

/** A cluster as its nodes, as a file with it would have them. */
export const fleetOf = (cluster: Cluster): Fleet =>
  makeFleet(
    cluster,
    { self: 'here', order: Object.keys(cluster.nodes ?? {}) },
    podCIDRsFor(cluster),
  )

/** Nodes by a name made of their number, each with an address. */
export const nodesAt = (addresses: readonly string[]): Record<string, { address: string }> =>
  Object.fromEntries(addresses.map((address, index) => [`node-${String(index)}`, { address }]))
