import { contains, familyOf, withoutLength } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import type { Link } from '../resources/link/link.ts'
import type { Entries } from './draft.ts'
import { entry, gather, omit } from './draft.ts'
import { allIn, isTaken, ownershipOf, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'

/** Those that every link or every `lo` has are not worth a line. */
const isUsual = (address: string): boolean =>
  contains('fe80::/10', address) || contains('127.0.0.0/8', address) || address === '::1'

const entryOf = (address: Address, scene: Scene): Entries<string> => {
  if (isTaken(address, scene)) return entry(address.address)
  const comes = ownershipOf(address, scene) === 'kernel' && scene.scope !== 'owned'
  const isSilent = !comes || isUsual(withoutLength(address.address))
  return omit(
    titleOf(address),
    isSilent ? undefined : 'from a router, DHCP or the kernel: it comes by itself',
  )
}

/**
 * The addresses of a link, in the order in which they are to be made: the kernel lists those of IPv4 in that
 * order, and those of IPv6 the newest first.
 */
export const addressesOf = (link: Link, scene: Scene): Entries<string> => {
  const all = allIn<Address>(scene, 'address', link.namespace).filter(
    (one) => one.link === link.name,
  )
  const four = all.filter(({ address }) => familyOf(address) === 'inet')
  const six = all.filter(({ address }) => familyOf(address) === 'inet6').reverse()
  return gather([...four, ...six].map((address) => entryOf(address, scene)))
}
