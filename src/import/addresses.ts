import { contains, familyOf, withoutLength } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import type { Link } from '../resources/link/link.ts'
import type { Entries } from './draft.ts'
import { gather, omit } from './draft.ts'
import { allIn, isTaken, ownershipOf, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'

/** Those that every link or every `lo` has are not worth a line. */
const isUsual = (address: string): boolean =>
  contains('fe80::/10', address) || contains('127.0.0.0/8', address) || address === '::1'

/** What the kernel makes of an address by itself, where nobody says it. */
const implied: ReadonlySet<string> = new Set(['broadcast', 'nodad'])

/** What else somebody gave an address: it is taken over with that, but a file cannot say it. */
const unsaid = ({ peer, details = [] }: Address): readonly string[] => {
  const words = details.flatMap((word, at): readonly string[] => {
    const isValue = at > 0 && pairs.has(details[at - 1] ?? '')
    if (isValue || implied.has(word)) return []
    return [pairs.has(word) ? `${word} ${details[at + 1] ?? ''}` : word]
  })
  return [...(peer === undefined ? [] : [`peer ${peer}`]), ...words]
}

/** Words that a value follows. */
const pairs: ReadonlySet<string> = new Set([
  ...['broadcast', 'label', 'scope', 'metric', 'preferred_lft'],
])

const takenEntry = (address: Address): Entries<string> => ({
  entries: [address.address],
  omissions: unsaid(address).map((words) => ({
    what: `"${words}" of ${titleOf(address)}`,
    why: 'a file has no key for it',
  })),
})

const entryOf = (address: Address, scene: Scene): Entries<string> => {
  if (isTaken(address, scene)) return takenEntry(address)
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
