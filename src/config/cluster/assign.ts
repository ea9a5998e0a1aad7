import { canonicalAddress, contains, familyOf, withoutLength } from '../../net/addresses.ts'
import { addressAt, placeIn, sizeOf } from '../../net/subnets.ts'
import { addressesOf } from '../checks/addresses.ts'
import { listLinks, type Problem } from '../checks/topology.ts'
import type { WrittenConfig } from '../config.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import type { Assigned, PodHere } from './pods.ts'
import { givenAddresses, isAuto, podsOf } from './pods.ts'

/** What a node has of addresses, with or without their lengths. */
export interface Addressing {
  /** Those in a namespace, in the order of the kernel, the device's first: what a pod has already. */
  of(namespace: string, device: string): readonly string[]
  /** All of them, wherever. */
  readonly all: readonly string[]
  /** Those of devices that are ours: what nobody is given any more, goes. */
  readonly ours: readonly string[]
}

/** A node of which nothing is known. */
export const unknownAddressing: Addressing = { of: () => [], all: [], ours: [] }

interface Pool {
  readonly podCIDR: string
  readonly reserved: readonly string[]
  readonly taken: Set<string>
  /** All below is taken: what is taken is not given back. */
  next: bigint
}

/** Behind the last address that is for a pod: of IPv4 the very last is the broadcast address. */
const endOf = (podCIDR: string): bigint =>
  sizeOf(podCIDR) - (familyOf(podCIDR) === 'inet' ? 1n : 0n)

/** Not outside, and not the network's, the gateway's or the broadcast address. */
const isForPod = (podCIDR: string, address: string): boolean => {
  if (!contains(podCIDR, address)) return false
  const place = placeIn(podCIDR, address)
  return place > 1n && place < endOf(podCIDR)
}

/** The lowest address that is free; undefined: there is none. The first two are the network's and the gateway's. */
const takeLowest = (pool: Pool): string | undefined => {
  const { podCIDR, reserved, taken } = pool
  const end = endOf(podCIDR)
  for (let place = pool.next; place < end; place += 1n) {
    pool.next = place
    const address = addressAt(podCIDR, place)
    const held = reserved.find((prefix) => contains(prefix, address))
    // On to the end of what is reserved, which may be large.
    if (held !== undefined) place = placeIn(podCIDR, addressAt(held, -1n))
    else if (!taken.has(address)) {
      taken.add(address)
      return address
    }
  }
  return undefined
}

/**
 * The address that a pod has already in the pod network, unless another one is to have it. Of several the first that
 * the kernel lists, which is its source address: a second one is somebody else's.
 */
const keep = ({ podCIDR, taken }: Pool, has: readonly string[]): string | undefined => {
  const kept = has.find((address) => isForPod(podCIDR, address) && !taken.has(address))
  if (kept !== undefined) taken.add(kept)
  return kept
}

const usable = (text: string): string => canonicalAddress(withoutLength(text))

const assignFamily = (
  podCIDR: string,
  pods: readonly PodHere[],
  fixed: readonly string[],
  {
    reserved,
    addressing,
  }: { readonly reserved: readonly string[]; readonly addressing: Addressing },
): ReadonlyMap<string, string | undefined> => {
  const pool: Pool = { podCIDR, reserved, taken: new Set(fixed), next: 2n }
  const found = new Map<string, string | undefined>()
  for (const { name, namespace, device } of pods) {
    found.set(name, keep(pool, addressing.of(namespace, device).map(usable)))
  }
  for (const address of addressing.all) pool.taken.add(usable(address))
  const held = new Set([...found.values(), ...fixed])
  // Where nothing is free, there is what goes in the same plan.
  const leaving = addressing.ours
    .map(usable)
    .filter((address) => isForPod(podCIDR, address) && !held.has(address))
  for (const { name } of pods) {
    found.set(name, found.get(name) ?? takeLowest(pool) ?? leaving.shift())
  }
  return found
}

/**
 * Addresses for those pods of a node that the file gives none: each keeps the one that it has in the pod network;
 * the others get, by name, the lowest that nobody has. The same whatever the order of the pods in the file.
 */
export const assignAddresses = (
  config: WrittenConfig,
  fleet: Fleet,
  node: FleetNode,
  addressing: Addressing,
): { readonly assigned: Assigned; readonly problems: readonly Problem[] } => {
  const pods = podsOf(config, fleet, node)
  const auto = pods.filter(({ pod }) => isAuto(pod))
  const overlay = config.cluster?.nodes?.[node.name]?.overlay ?? {}
  /** What the file gives to others, in whatever namespace. */
  const fixed = [
    ...pods.flatMap(({ pod }) => givenAddresses(pod)),
    ...[config, overlay]
      .flatMap(listLinks)
      .flatMap(addressesOf)
      .map(({ address }) => address),
  ]
  const reserved = config.cluster?.reserved ?? []
  const assigned = new Map<string, string[]>(auto.map(({ name }) => [name, []]))
  const problems: Problem[] = []
  for (const podCIDR of node.podCIDRs) {
    for (const [name, address] of assignFamily(podCIDR, auto, fixed, { reserved, addressing })) {
      if (address !== undefined) assigned.get(name)?.push(address)
      else problems.push(exhausted(name, podCIDR, node))
    }
  }
  return { assigned, problems }
}

const exhausted = (pod: string, podCIDR: string, { name }: FleetNode): Problem => ({
  code: 'value',
  message: `no address is left for pod ${pod}: all of ${podCIDR}, the pods of node ${name}, are taken or reserved`,
  path: ['pods', pod],
  part: 'key',
  hint: 'a larger podCIDR for the node has room for more',
})
