import type { Json } from '../kernel/reader.ts'
import { familyOf } from '../net/addresses.ts'
import type { Aftermath, Attributes, Difference, Kind, Worlds } from './kind.ts'
import { inside } from './kind.ts'
import { linkIdentity, peerIdentity, portOptions } from './link/link.ts'
import type { Link } from './link/link.ts'
import { declaredMtuOf, mtuProblem } from './link/follow.ts'
import { mayLoseMtu } from './link/mtu.ts'
import { reviveLink } from './link/revive.ts'
import { observeLinks } from './link/observe.ts'
import { linkSteps } from './link/steps.ts'
import { namespaceIdentity } from './namespace.ts'
import { linkGroup, ownerOfGroup } from './ownership.ts'

/** Configured, but never made nor deleted. */
const isDevice = ({ type }: Link): boolean => type === 'device' || type === 'loopback'

const identity = ({ namespace, name }: Link): string => linkIdentity(namespace, name)

const peerOf = ({ attributes }: Link): string | undefined =>
  typeof attributes['peer'] === 'string' ? peerIdentity(attributes['peer']) : undefined

const underlayOf = ({ namespace, type, attributes: { device } }: Link): string | undefined =>
  type === 'vxlan' && typeof device === 'string' ? linkIdentity(namespace, device) : undefined

const masterOf = ({ namespace, attributes: { bridge } }: Link): string | undefined =>
  typeof bridge === 'string' ? linkIdentity(namespace, bridge) : undefined

/** The namespace that a veth's peer is in, where that is another one. */
const peerNamespaceOf = ({ attributes: { peer } }: Link): string | undefined =>
  typeof peer === 'string' && peer.includes('/') ? peer.slice(0, peer.indexOf('/')) : undefined

const requires = (link: Link): readonly string[] =>
  [
    ...[link.namespace, peerNamespaceOf(link)]
      .filter((name) => name !== undefined && name !== '')
      .map((name) => namespaceIdentity(String(name))),
    link.madeBy,
    masterOf(link),
    underlayOf(link),
  ].filter((required) => required !== undefined)

/** Seconds of a bridge in the kernel's unit, which it rounds to its ticks, of 4 ms or 10 (N-30). */
const centiseconds = (seconds: Json | undefined): number => Math.round(Number(seconds) * 100)

const timers: ReadonlySet<string> = new Set(['forwardDelay', 'helloTime', 'maxAge', 'ageingTime'])

const same = (attribute: string, desired: Json, observed: Json | undefined): boolean => {
  // Nobody can tell, for a while.
  if (attribute === 'ageingTime' && observed === undefined) return true
  if (timers.has(attribute)) return Math.abs(centiseconds(desired) - centiseconds(observed)) <= 1
  return desired === observed
}

/** What the vxlan driver refuses to change ("Cannot change …"); for `device` see N-41. */
const fixedInVxlan: ReadonlySet<string> = new Set(['id', 'device', 'port', 'family', 'udpChecksum'])

const replaces = ({ attribute, before, after }: Omit<Difference, 'replaces'>): boolean => {
  if (attribute === 'type' || attribute === 'peer') return true
  if (fixedInVxlan.has(attribute)) return true
  if (attribute !== 'group' && attribute !== 'local') return false
  if (typeof before !== 'string' || typeof after !== 'string')
    return attribute === 'group' || after === null
  return familyOf(before) !== familyOf(after)
}

/** The MTU that is declared for another link. */
const mtuOfLink = (key: string | undefined, worlds: Worlds): number | undefined => {
  const link = key === undefined ? undefined : worlds.desired.find(key)
  return link && declaredMtuOf(link as Link, worlds)
}

/** What a device goes back to: where it was no port, to no options of one. */
const formerOf = ({ previous = {} }: Partial<Link> = {}): Attributes =>
  Object.fromEntries(
    Object.entries(previous).filter(([name, former]) =>
      previous['bridge'] === null ? !Object.hasOwn(portOptions, name) : former !== null,
    ),
  )

const resolve: Kind<Link>['resolve'] = (link, observed, worlds) => {
  const mtu = declaredMtuOf(link, worlds)
  // What left the file goes back to what it was.
  const previous = isDevice(link) ? formerOf(observed) : {}
  const declared = Object.entries(link.attributes).filter(([, value]) => value !== undefined)
  const { pair } = link
  const far = pair && mtuOfLink(linkIdentity(pair.namespace, pair.name), worlds)
  return {
    ...link,
    bridgeMtu: mtuOfLink(masterOf(link), worlds),
    ...(pair && { pair: { ...pair, mtu: far } }),
    attributes: {
      ...previous,
      ...Object.fromEntries(declared),
      ...(mtu === undefined ? {} : { mtu }),
    },
  }
}

const portAttributes = ['hairpin', 'isolated', 'pathCost', 'priority'] as const

const withoutMaster = (link: Link): Link => {
  const lost = link.type === 'vxlan' ? portAttributes : [...portAttributes, 'learning']
  const none = Object.fromEntries(lost.map((attribute) => [attribute, undefined]))
  return { ...link, attributes: { ...link.attributes, ...none, bridge: null } }
}

/** A veth goes with its peer, a vxlan with its underlay, and a port outlives its bridge. */
const survives = (link: Link, aftermath: Aftermath): Link | undefined => {
  const { gone } = aftermath
  const carriers = [peerOf(link), underlayOf(link)].filter((carrier) => carrier !== undefined)
  // What is deleted anyway is deleted by itself: far quicker than with its namespace.
  if (link.namespace !== '' && !gone(identity(link)))
    carriers.push(namespaceIdentity(link.namespace))
  if (carriers.some(gone)) return undefined
  const master = masterOf(link)
  if (master !== undefined && gone(master)) return withoutMaster(link)
  return mayLoseMtu(link, aftermath)
    ? { ...link, attributes: { ...link.attributes, mtu: null } }
    : link
}

/** A VNI and port exist once in a namespace (N-42). */
const tunnelClaims = ({ type, namespace, attributes: { id, port } }: Link): readonly string[] =>
  type === 'vxlan' ? [`vni ${Number(id)} port ${Number(port)}${inside(namespace)}`] : []

/** What a device had before, for what the file declares of it now, and what was not put back yet. */
const record = (after: Link, before: Link | undefined): Json | undefined => {
  if (after.type !== 'device' || !before) return undefined
  const { attributes: now, previous = {} } = before
  const had = { ...now, ...previous }
  const declared = Object.keys(after.attributes).filter(
    (name) => after.attributes[name] !== undefined,
  )
  const waiting = Object.entries(formerOf(before))
    .filter(([name, former]) => former !== now[name])
    .map(([name]) => name)
  const names = [...new Set([...declared, ...waiting])].sort()
  if (names.length === 0) return undefined
  const attributes = Object.fromEntries(names.map((name) => [name, had[name] ?? null]))
  return { index: before.index ?? 0, attributes }
}

/** Links: bridges, veth pairs, VXLAN devices, and devices that exist already. */
export const linkKind: Kind<Link> = {
  name: 'link',
  marked: true,
  identity,
  title: ({ type, name, namespace }) => linkIdentity(namespace, name).replace('link', type),
  observe: observeLinks,
  owner: (link, owner) => {
    const group = linkGroup(owner)
    if (link.mark === group || link.peerMark === group || link.previous) return 'ours'
    return link.name === 'lo' ? 'kernel' : 'foreign'
  },
  abandon: (link) => link.previous && { ...link, attributes: formerOf(link) },
  // What another owner made is not ours to configure: it would be that one's drift.
  configures: (link, { mark }) =>
    isDevice(link) &&
    (Object.keys(link.attributes).length === 0 || ownerOfGroup(mark ?? 0) === undefined),
  missing: ({ type, name, namespace }, { observed }) => {
    if (type !== 'device') return undefined
    // A new namespace brings it along.
    const isComing = namespace !== '' && !observed.find(namespaceIdentity(namespace))
    if (isComing && name === 'lo') return undefined
    return `there is no device ${name}${inside(namespace) || ' on this node'}`
  },
  revive: reviveLink,
  resolve,
  unresolvable: (link, worlds) => {
    const message = mtuProblem(link, worlds)
    return message === undefined ? undefined : { message, source: link.mtuSource }
  },
  same,
  state: ({ index }) => index,
  incidental: ({ type }) => (type === 'bridge' ? ['mac'] : []),
  replaces,
  requires,
  claims: (link) => [
    identity(link),
    ...(link.pair ? [linkIdentity(link.pair.namespace, link.pair.name)] : []),
    ...tunnelClaims(link),
  ],
  survives,
  fate: ({ before, after }) =>
    before.attributes['up'] === true && after.attributes['up'] === false ? 'down' : undefined,
  steps: linkSteps,
  record,
}
