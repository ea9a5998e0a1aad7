import { familyOf } from './addresses.ts'

/** What a new link has that nobody gave another one (ETH_DATA_LEN). */
export const usualMtu = 1500

/** What a link can have at least (ETH_MIN_MTU), and what IPv6 asks of it (RFC 8200). */
export const leastMtu = { inet: 68, inet6: 1280 } as const

// Headers of a tunnel: outer IP, UDP 8, VXLAN 8 and the inner Ethernet 14 (RFC 7348).
const overheads = { inet: 50, inet6: 70 } as const

/** What a VXLAN adds to a packet that it carries; without any address, the kernel takes IPv4 for granted. */
export const vxlanOverhead = (address: string | undefined): number =>
  overheads[address === undefined ? 'inet' : familyOf(address)]

/** The device, by its name or its address, that `mtu: like NAME` follows; undefined: it is not that. */
export const likeWhom = (mtu: unknown): string | undefined =>
  typeof mtu === 'string' ? /^like (.+)$/.exec(mtu)?.[1] : undefined
