import { linkIdentity, peerIdentity } from '../resources/link/link.ts'
import type { Link } from '../resources/link/link.ts'
import { namespaceIdentity } from '../resources/namespace.ts'
import { addressesIn, hostOf, linksIn } from './scene.ts'
import type { Scene } from './scene.ts'

/** What a link stands on, by identity: false where something else may be the way as well. */
export type Below = ReadonlyMap<string, boolean>

interface Found {
  readonly link: Link
  readonly isSure: boolean
}

const peerOf = ({ attributes: { peer } }: Link, { links }: Scene): Link | undefined =>
  typeof peer === 'string' ? links.get(peerIdentity(peer)) : undefined

/** No other way leads on from there, and whom we want to reach is not there. */
const isDeadEnd = (port: Link, targets: readonly string[], scene: Scene): boolean => {
  const peer = peerOf(port, scene)
  if (!peer || peer.namespace === port.namespace) return false
  const hasNoOther = linksIn(scene, peer.namespace).every(
    ({ name, attributes }) => name === peer.name || name === 'lo' || attributes['up'] === false,
  )
  const isThere = addressesIn(scene, peer.namespace).some((one) => targets.includes(hostOf(one)))
  return hasNoOther && !isThere
}

/** Any port may be the way but those to a pod: who takes one down does not mean to leave. */
const portsOf = (bridge: Link, targets: readonly string[], scene: Scene): readonly Found[] => {
  const { namespace, name } = bridge
  const ports = linksIn(scene, namespace).filter((one) => one.attributes['bridge'] === name)
  const onward = ports.filter((port) => !isDeadEnd(port, targets, scene))
  const likely = onward.length > 0 ? onward : ports
  return likely.map((link) => ({ link, isSure: likely.length === 1 }))
}

const bridgeOf = (
  { namespace, attributes: { bridge } }: Link,
  { links }: Scene,
): readonly Link[] => {
  const master = typeof bridge === 'string' ? links.get(linkIdentity(namespace, bridge)) : undefined
  return master ? [master] : []
}

const sure = (links: readonly Link[]): readonly Found[] =>
  links.map((link) => ({ link, isSure: true }))

/** Behind the other end of a veth the way goes on, where that is the port of a bridge. */
const behindVeth = (veth: Link, scene: Scene): readonly Found[] => {
  const peer = peerOf(veth, scene)
  return peer ? sure([peer, ...bridgeOf(peer, scene)]) : []
}

const underlayOf = ({ namespace, attributes }: Link, scene: Scene): readonly Found[] => {
  const { device, local } = attributes
  const names = addressesIn(scene, namespace)
    .filter((one) => hostOf(one) === local)
    .map(({ link }) => link)
  if (typeof device === 'string') names.push(device)
  return sure(names.flatMap((name) => scene.links.get(linkIdentity(namespace, name)) ?? []))
}

/** Types of links that stand on others, of which the kernel was not asked. */
const stacked = new Set(
  ['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec', 'bond', 'team', 'hsr'].concat(
    ['wireguard', 'ipip', 'sit', 'gre', 'gretap', 'ip6tnl', 'ip6gre', 'ip6gretap', 'vti', 'vti6'],
    ['geneve', 'xfrm'],
  ),
)

/** What leads out of the machine, or out of all that we know of it. */
const isUplink = (link: Link): boolean =>
  (link.type === 'device' && link.name !== 'lo') ||
  (link.type === 'veth' && link.attributes['peer'] === 'unknown')

const standsOn = ({ namespace, name }: Link, scene: Scene): readonly Found[] => {
  // eth0.100 is what everybody calls the VLAN 100 of eth0.
  const parent = scene.links.get(linkIdentity(namespace, name.replace(/\.\d+$/, '')))
  if (parent && parent.name !== name) return sure([parent])
  const candidates = linksIn(scene, namespace).filter(isUplink)
  return candidates.map((link) => ({ link, isSure: candidates.length === 1 }))
}

const nextBelow = (link: Link, targets: readonly string[], scene: Scene): readonly Found[] => {
  if (link.type === 'bridge') return portsOf(link, targets, scene)
  if (link.type === 'veth') return behindVeth(link, scene)
  if (link.type === 'vxlan') return underlayOf(link, scene)
  return stacked.has(link.type) ? standsOn(link, scene) : []
}

/**
 * A link, all that it stands on, and the namespaces that this leads through.
 *
 * @param targets addresses that it is to lead to
 */
export const findBelow = (name: string, targets: readonly string[], scene: Scene): Below => {
  const below = new Map<string, boolean>()
  const visit = ({ link, isSure }: Found): void => {
    const identity = linkIdentity(link.namespace, link.name)
    const known = below.get(identity)
    if (known === true || known === isSure) return
    below.set(identity, isSure)
    if (link.namespace !== '') {
      const namespace = namespaceIdentity(link.namespace)
      below.set(namespace, isSure || below.get(namespace) === true)
    }
    for (const next of nextBelow(link, targets, scene))
      visit({ link: next.link, isSure: isSure && next.isSure })
  }
  const link = scene.links.get(linkIdentity('', name))
  if (link) visit({ link, isSure: true })
  return below
}
