import { canonicalAddress, isAddress } from '../../net/addresses.ts'
import { likeWhom, vxlanOverhead } from '../../net/mtus.ts'
import type { Link, Topology } from './topology.ts'

/** An MTU as far as a file says it: a number, or so much more than a device has that only the node knows. */
export interface Size {
  readonly bytes: number
  /** The device, by name or address; '' is none. */
  readonly beyond: string
}

/** What an `mtu` follows: a link of the file, or a device, by name or address, that only the node knows. */
export type Followed = Link | string

/** What a link's `mtu` follows; undefined: nothing. */
export const followedBy = (topology: Topology, { namespace, data }: Link): Followed | undefined => {
  const { mtu, device, local } = data
  const whom = likeWhom(mtu)
  if (whom !== undefined) return find(topology, '', whom)
  if (mtu !== 'auto') return undefined
  const below = device ?? local
  return below === undefined ? undefined : find(topology, namespace, below)
}

const find = (topology: Topology, namespace: string, whom: string): Followed => {
  const { devices, holders } = topology
  if (!isAddress(whom)) return devices.get(namespace)?.get(whom) ?? whom
  const address = canonicalAddress(whom)
  return holders.get(namespace)?.get(address) ?? address
}

/** How large the packets of a link may be, as far as the file says it; a circle says nothing. */
export const sizeOf = (
  topology: Topology,
  link: Link,
  trail: readonly Link[] = [],
): Size | undefined => {
  const { mtu } = link.data
  if (typeof mtu === 'number') return { bytes: mtu, beyond: '' }
  if (trail.includes(link)) return undefined
  const followed = followedBy(topology, link)
  if (followed === undefined) return undefined
  const size = sizeOfFollowed(topology, followed, [...trail, link])
  const less = mtu === 'auto' ? vxlanOverhead(outerAddress(link)) : 0
  return size && { ...size, bytes: size.bytes - less }
}

/** An address of the outer packets. */
const outerAddress = ({
  data: { group, local, remotes = [], fdb = [] },
}: Link): string | undefined =>
  [group, local, ...remotes, ...fdb.map(({ remote }) => remote)].find((one) => one !== undefined)

const sizeOfFollowed = (
  topology: Topology,
  followed: Followed,
  trail: readonly Link[],
): Size | undefined => {
  if (typeof followed === 'string') return { bytes: 0, beyond: followed }
  const { kind, name, data } = followed
  if (kind === 'interface' && data.mtu === undefined) return { bytes: 0, beyond: name }
  return sizeOf(topology, followed, trail)
}

/** The number, where it is one. */
export const numberOf = (size: Size | undefined): number | undefined =>
  size?.beyond === '' ? size.bytes : undefined

/** Whether the one is certainly larger than the other. */
export const isMore = (size: Size | undefined, other: Size | undefined): boolean =>
  size !== undefined && size.beyond === other?.beyond && size.bytes > other.bytes

/** '1450', or 'that of eth0 less 50'. */
export const describeSize = ({ bytes, beyond }: Size): string => {
  if (beyond === '') return String(bytes)
  return bytes === 0 ? `that of ${beyond}` : `that of ${beyond} less ${-bytes}`
}
