import type { Owner } from './kind.ts'

// "np" in ASCII: a range of groups that nobody else would choose, since the group of a link is what
// allows its deletion.
const groupBase = 0x6e700000

/** The group (`ip link`, IFLA_GROUP) that marks an owner's links. */
export const linkGroup = (owner: Pick<Owner, 'id'>): number => groupBase + owner.id

// Free in iproute2's rt_protos and in the tables of FRR, BIRD, Calico and Cilium.
const firstProtocol = 100
const protocols = 80

/**
 * The number of an owner who gives none: FNV-1a of the name, folded into 100 to 179. Two names may
 * share one; that is found and refused on the node (see records.ts).
 */
export const ownerId = (name: string): number => {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return firstProtocol + (hash % protocols)
}

/** The owner's number that a group carries, if it is one of ours. */
export const ownerOfGroup = (group: number): number | undefined =>
  group >= groupBase && group < groupBase + 256 ? group - groupBase : undefined
