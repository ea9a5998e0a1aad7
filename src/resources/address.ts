import type { IpAddress, IpLink } from '../kernel/ip.ts'
import type { Reader } from '../kernel/reader.ts'
import { contains, familyOf, networkOf } from '../net/addresses.ts'
import type { Aftermath, Kind, NamespaceName, Resource, World } from './kind.ts'
import { inside, step } from './kind.ts'
import { losesIPv6 } from './families.ts'
import { linkIdentity } from './link/link.ts'
import { isNoted, noteLink } from './link/note.ts'
import { linkGroup } from './ownership.ts'
import { sysctlIdentity } from './sysctl.ts'

/** An address with its prefix length on a link, both as the kernel prints them. */
export interface Address extends Resource {
  readonly kind: 'address'
  readonly link: string
  /** As in 10.0.1.1/16. */
  readonly address: string
  /** The address of the same subnet on the link that comes first. */
  readonly primary?: string | undefined
  /** Desired, IPv6: used at once as a source, so that duplicate address detection cannot be waited for. */
  readonly immediate?: boolean
  /** Observed: made by the kernel or a router, not by a person or a tool. */
  readonly automatic?: boolean
  /** Observed: duplicate address detection is not through; without a carrier it never is. */
  readonly tentative?: boolean
  /** Observed: the ifindex of the link. */
  readonly index?: number
  /** Observed: the other end of a point-to-point address, and what else somebody gave it, as `ip` takes it. */
  readonly peer?: string | undefined
  readonly details?: readonly string[]
  /** Observed: the one that was there before it. What is listed first is the source that is preferred. */
  readonly earlier?: string | undefined
  /** Of the past: the one to be made before it. */
  readonly follows?: string | undefined
}

const addressIdentity = (namespace: NamespaceName, link: string, address: string): string =>
  `address ${address} on ${link}${inside(namespace)}`

/** An address without its prefix length. */
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf('/'))

const identity = ({ namespace, link, address }: Address): string =>
  addressIdentity(namespace, link, address)

const linkLocal = '253'

const host = '254'

const isAutomatic = (found: IpAddress): boolean =>
  found.dynamic === true ||
  found.mngtmpaddr === true ||
  found.temporary === true ||
  found.scope === host ||
  (found.family === 'inet6' && found.scope === linkLocal)

const universe = '0'

const forever = 0xffffffff

/** What we never give an address, and give back to one that was made by somebody else. */
const detailsOf = (found: IpAddress, link: string): readonly string[] => {
  const { broadcast, label, scope, metric, noprefixroute, nodad } = found
  const { preferred_life_time: preferred = forever } = found
  return [
    ...(broadcast === undefined ? [] : ['broadcast', broadcast]),
    ...(label === undefined || label === link ? [] : ['label', label]),
    ...(found.family === 'inet6' || scope === universe ? [] : ['scope', scope]),
    ...(metric === undefined ? [] : ['metric', String(metric)]),
    // Deprecated for good; those that end of themselves are nobody's to plan.
    ...(preferred === 0 ? ['preferred_lft', '0'] : []),
    ...(noprefixroute === true ? ['noprefixroute'] : []),
    ...(nodad === true ? ['nodad'] : []),
  ]
}

/** The kernel lists new IPv4 addresses last, and new ones of IPv6 first. */
const earlierThan = (found: IpAddress, all: readonly IpAddress[]): string | undefined => {
  const family = all.filter((one) => one.family === found.family && !isAutomatic(one))
  const before = family[family.indexOf(found) + (found.family === 'inet' ? -1 : 1)]
  return before && !isAutomatic(found) ? `${before.local}/${String(before.prefixlen)}` : undefined
}

const observeLink = (link: IpLink, namespace: NamespaceName): readonly Address[] => {
  const primaries = new Map<string, string>()
  return link.addr_info.map((found) => {
    const address = `${found.local}/${String(found.prefixlen)}`
    const isIPv4 = found.family === 'inet'
    // IPv6 knows no secondary addresses.
    const network = isIPv4 ? networkOf(address) : address
    const primary = primaries.get(network)
    if (primary === undefined) primaries.set(network, address)
    return {
      kind: 'address',
      namespace,
      link: link.ifname,
      address,
      index: link.ifindex,
      mark: Number(link.group),
      primary,
      ...(found.address === undefined
        ? {}
        : { peer: `${found.address}/${String(found.prefixlen)}` }),
      details: detailsOf(found, link.ifname),
      earlier: earlierThan(found, link.addr_info),
      automatic: isAutomatic(found),
      tentative: found.tentative === true,
      attributes: {
        ...(isIPv4 ? { primary: primary ?? null } : {}),
        // A duplicate was found: the kernel keeps the address, and does not use it.
        ...(found.dadfailed === true ? { dadfailed: true } : {}),
      },
    }
  })
}

const observe = async (reader: Reader): Promise<readonly Address[]> => {
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) =>
      (await reader.ip(namespace)).links.flatMap((link) => observeLink(link, namespace)),
    ),
  )
  return all.flat()
}

const requires = (resource: Address, world: World): readonly string[] => {
  const { namespace, link, address, primary, follows } = resource
  const first = [primary, follows]
    .filter((other) => other !== undefined)
    .map((other) => addressIdentity(namespace, link, other))
  if (familyOf(address) === 'inet') return [linkIdentity(namespace, link), ...first]
  // An address of a disabled family is refused (N-60c).
  const switches = ['all', 'default', link].map((device) =>
    sysctlIdentity(namespace, `net/ipv6/conf/${device}/disable_ipv6`),
  )
  return [linkIdentity(namespace, link), ...first, ...switches.filter((key) => world.find(key))]
}

const survives = (resource: Address, aftermath: Aftermath): Address | undefined => {
  const { fate, gone } = aftermath
  const { namespace, link, address, primary } = resource
  const carrier = linkIdentity(namespace, link)
  if (gone(carrier)) return undefined
  // The kernel drops global IPv6 addresses of a link that is taken down (N-58) …
  if (familyOf(address) === 'inet6') {
    return fate(carrier) === 'down' || losesIPv6(namespace, link, aftermath) ? undefined : resource
  }
  // … and the secondary ones with their primary (N-57), unless promote_secondaries is set.
  return primary !== undefined && gone(addressIdentity(namespace, link, primary))
    ? undefined
    : resource
}

/** The kernel makes such addresses too, so that a link of ours does not say whose one is. */
const couldBeKernels = (address: string): boolean =>
  contains('127.0.0.0/8', address) || contains('fe80::/10', address)

/** What duplicate address detection left unusable is mended by adding the address again. */
const resolve = (address: Address, observed: Address | undefined): Address => {
  const waits = address.immediate === true && observed?.tentative === true
  const mended =
    observed?.attributes['dadfailed'] === true
      ? { dadfailed: false }
      : waits
        ? { tentative: false }
        : {}
  return { ...address, attributes: { ...address.attributes, ...mended } }
}

const wordsOf = ({ immediate, details = [] }: Address): readonly string[] => [
  ...details,
  ...(immediate === true && !details.includes('nodad') ? ['nodad'] : []),
]

/** Addresses of links (ip-address(8)). */
export const addressKind: Kind<Address> = {
  name: 'address',
  identity,
  observe,
  owner: (address, owner) => {
    if (isNoted(owner.records.get(identity(address)), address.index)) return 'ours'
    if (address.automatic === true) return 'kernel'
    return address.mark === linkGroup(owner) ? 'ours' : 'foreign'
  },
  configures: () => true,
  carrier: ({ namespace, link }) => linkIdentity(namespace, link),
  state: ({ index = 0, peer = null, details = [] }) => [index, peer, details],
  replaces: () => true,
  requires,
  claims: ({ namespace, address }) =>
    familyOf(address) === 'inet'
      ? [`subnet ${networkOf(address)}${inside(namespace)}`]
      : // A link has an IPv6 address once, whatever its length: `replace` would leave the old one.
        [`address ${hostOf(address)}${inside(namespace)}`],
  survives,
  restorable: ({ namespace, link, address }, aftermath) =>
    aftermath.remains(linkIdentity(namespace, link)) &&
    (familyOf(address) === 'inet' || !losesIPv6(namespace, link, aftermath)),
  resolve,
  revive: ({ attributes: { dadfailed: _, ...attributes }, automatic, earlier, ...address }) =>
    automatic === true ? undefined : { ...address, attributes, follows: earlier },
  record: (after, before, ownership, observed) => {
    // On a link of ours the link's mark says it.
    if (after.mark !== undefined && !couldBeKernels(after.address)) return undefined
    if (before && ownership !== 'ours') return undefined
    return noteLink(after.namespace, after.link, observed)
  },
  steps: (edit) => {
    if (edit.action === 'update') return []
    const { namespace, link, ...one } = edit.action === 'create' ? edit.after : edit.before
    // The kernel finds a point-to-point address by both of its ends alone.
    const address = one.peer === undefined ? [one.address] : [hostOf(one.address), 'peer', one.peer]
    // `replace` does not mind an address that survived where we expected that it would not.
    const verb = edit.action === 'create' ? 'replace' : 'delete'
    const details = edit.action === 'create' ? wordsOf(edit.after) : []
    return [step(namespace, ['ip', 'address', verb, ...address, 'dev', link, ...details])]
  },
}
