import { netnsDirectory } from '../../net/namespaces.ts'
import type { Json, NamespaceName, World } from '../kind.ts'
import { namespaceIdentity } from '../namespace.ts'
import type { Namespace } from '../namespace.ts'
import { linkIdentity, peerIdentity } from './link.ts'
import type { Link, Pair } from './link.ts'

const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** What `ip link add … peer netns` takes for a namespace: its name, or its file. */
const netnsOf = (namespace: NamespaceName, world: World): string => {
  const { path = '' } = (world.find(namespaceIdentity(namespace)) ?? {}) as Partial<Namespace>
  return path === `${netnsDirectory}/${namespace}` ? namespace : path
}

const pairOf = ({ namespace }: Link, peer: Link, world: World): Pair => ({
  name: peer.name,
  namespace: peer.namespace,
  netns: peer.namespace === namespace ? undefined : netnsOf(peer.namespace, world),
  mtu: numberOf(peer.attributes['mtu']),
  mac: textOf(peer.attributes['mac']),
})

/** Which end of a pair makes it: the one in the node, from where the other's namespace can be named. */
const isMaker = (link: Link, peer: Link): boolean => {
  if (link.namespace === peer.namespace) return link.name < peer.name
  if (link.namespace === '' || peer.namespace === '') return link.namespace === ''
  return link.namespace < peer.namespace
}

/** A link as one could have declared it: of a pair, one end makes the other. */
export const reviveLink = (link: Link, world: World): Link => {
  const { peer: text } = link.attributes
  if (link.type !== 'veth' || typeof text !== 'string') return link
  const peer = world.find(peerIdentity(text)) as Link | undefined
  if (!peer) return link
  return isMaker(link, peer)
    ? { ...link, pair: pairOf(link, peer, world) }
    : { ...link, madeBy: linkIdentity(peer.namespace, peer.name) }
}
