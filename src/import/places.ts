import type { Address } from '../resources/address.ts'
import { isMulticast } from '../net/addresses.ts'
import { linkIdentity, peerIdentity } from '../resources/link/link.ts'
import type { Link } from '../resources/link/link.ts'
import type { Omission } from './draft.ts'
import { compareNames } from '../net/order.ts'
import { allIn, allOf, judge, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'

/** The section of a link, and its key there. The far end of a pair stands with the near one. */
export type Placed =
  | { readonly section: 'interfaces' | 'bridges' | 'vxlans'; readonly link: Link }
  | { readonly section: 'veths'; readonly link: Link; readonly peer: Link }

export interface Places {
  readonly placed: readonly Placed[]
  readonly omissions: readonly Omission[]
}

type Choice = Placed | { readonly why: string | undefined }

const isSayable = ({ attributes: { id, group } }: Link): boolean =>
  Number.isInteger(Number(id)) &&
  Number(id) > 0 &&
  (typeof group !== 'string' || isMulticast(group))

const hasOwn = (link: Link, scene: Scene): boolean =>
  allIn<Address>(scene, 'address', link.namespace).some(
    (one) => one.link === link.name && judge(one, scene).taken,
  )

/** The kernel makes one of each for every namespace, where the module is there. */
const fallback = /^(?:tunl|gre|gretap|erspan|sit|ip6tnl|ip6gre|ip_vti|ip6_vti|ip6gretap)0$/

const chooseVeth = (link: Link, links: ReadonlyMap<string, Link>, scene: Scene): Choice => {
  const { peer: name } = link.attributes
  const peer = typeof name === 'string' ? links.get(peerIdentity(name)) : undefined
  if (peer?.attributes['peer'] === undefined) {
    return hasOwn(link, scene)
      ? { section: 'interfaces', link }
      : { why: 'its other end is in a namespace that is not read' }
  }
  const verdict = judge(peer, scene)
  return verdict.taken ? { section: 'veths', link, peer } : { why: verdict.why }
}

const choose = (link: Link, links: ReadonlyMap<string, Link>, scene: Scene): Choice => {
  const verdict = judge(link, scene)
  if (!verdict.taken) {
    // Of a device that is not ours, some of what hangs on it may be.
    const isCarrier = link.attributes['bridge'] === null && hasOwn(link, scene)
    return isCarrier && (link.name === 'lo' || scene.scope === 'owned')
      ? { section: 'interfaces', link }
      : { why: verdict.why }
  }
  if (link.type === 'bridge') return { section: 'bridges', link }
  if (link.type === 'vxlan' && isSayable(link)) return { section: 'vxlans', link }
  if (link.type === 'veth') return chooseVeth(link, links, scene)
  if (fallback.test(link.name) && link.attributes['up'] === false)
    return { why: 'the kernel makes it with each namespace' }
  return { section: 'interfaces', link }
}

/** The end in the node is the near one; of two in one namespace, that which `ip link add` names first. */
const isNear = (link: Link, peer: Link): boolean => {
  if (link.namespace === peer.namespace) return (link.index ?? 0) > (peer.index ?? 0)
  if (peer.namespace === '') return false
  return link.namespace === '' || compareNames(link.namespace, peer.namespace) < 0
}

const byPlace = (a: Link, b: Link): number =>
  compareNames(a.namespace, b.namespace) || (a.index ?? 0) - (b.index ?? 0)

/** What refuses a name: a file has one key of a name in a section. */
const isFree = ({ section, link }: Placed, taken: Set<string>): boolean => {
  const key = `${section} ${link.name}`
  if (taken.has(key)) return false
  taken.add(key)
  return true
}

/** Where each link stands in the file. */
export const placeLinks = (scene: Scene): Places => {
  const all = allOf<Link>(scene, 'link').toSorted(byPlace)
  const links = new Map(all.map((link) => [linkIdentity(link.namespace, link.name), link]))
  const taken = new Set<string>()
  const placed: Placed[] = []
  const omissions: Omission[] = []
  const leave = (link: Link, why: string | undefined): void => {
    if (why !== undefined) omissions.push({ what: titleOf(link), why })
  }
  for (const link of all) {
    const choice = choose(link, links, scene)
    if ('why' in choice) leave(link, choice.why)
    else if (choice.section === 'veths' && !isNear(link, choice.peer)) continue
    else if (isFree(choice, taken)) placed.push(choice)
    else leave(link, `there is another one of that name, in another namespace`)
  }
  return { placed, omissions }
}

/** The devices of each namespace that the file has. */
export const devicesOf = (placed: readonly Placed[]): ReadonlySet<string> =>
  new Set(
    placed.flatMap((one) => {
      const ends = one.section === 'veths' ? [one.link, one.peer] : [one.link]
      return ends.map(({ namespace, name }) => linkIdentity(namespace, name))
    }),
  )
