import type { Location } from '../../config/diagnostics.ts'
import type { NamespaceName, Resource } from '../kind.ts'
import { inside } from '../kind.ts'

/**
 * What a link is. `device`: whatever is there already, configured but never made nor deleted;
 * `loopback`: the `lo` that comes with a namespace of ours. Observed links may be of any other type.
 */
type LinkType = 'bridge' | 'veth' | 'vxlan' | 'device' | 'loopback' | (string & {})

/** The other end of a veth pair, as the one that makes the pair needs it. */
export interface Pair {
  readonly name: string
  readonly namespace: NamespaceName
  /** What `ip link add … peer netns` takes: a name below /run/netns or a path; undefined: the same. */
  readonly netns: string | undefined
  /** Resolved. */
  readonly mtu?: number | undefined
  readonly mac: string | undefined
}

/**
 * A device. Its attributes are named as in the configuration, times in seconds; `bridge: null` is
 * no port of any; `peer` is written NAME or NAMESPACE/NAME.
 */
export interface Link extends Resource {
  readonly kind: 'link'
  readonly name: string
  readonly type: LinkType
  /** Desired, on the end of a veth pair that makes it: the other end. */
  readonly pair?: Pair
  /** Desired, on the other end: the identity of the end that makes the pair. */
  readonly madeBy?: string
  /** Desired: the line of its MTU, where that follows another device. */
  readonly mtuSource?: Location | undefined
  /** Resolved, on a port: the declared MTU of its bridge, which enslaving would else pull down. */
  readonly bridgeMtu?: number | undefined
  /** Observed: what a device had before we configured it, from the records. */
  readonly previous?: Resource['attributes'] | undefined
  /** Observed, on a veth: the group of its peer; a pair is ours by either end. */
  readonly peerMark?: number | undefined
  readonly index?: number
  /** Observed: what others gave it beside, so that it can be given back. */
  readonly extras?: Extras | undefined
}

export interface Extras {
  readonly alias?: string
  /** The length of its queue, where it is not the usual one. */
  readonly queue?: number
  readonly altnames?: readonly string[]
  /** Of a tunnel, as `ip link add` takes it. */
  readonly tunnel?: readonly string[]
}

export const linkIdentity = (namespace: NamespaceName, name: string): string =>
  `link ${name}${inside(namespace)}`

/** The identity of a veth's peer, from the text of its `peer` attribute. */
export const peerIdentity = (peer: string): string => {
  const at = peer.indexOf('/')
  return at < 0 ? linkIdentity('', peer) : linkIdentity(peer.slice(0, at), peer.slice(at + 1))
}

export const peerText = (namespace: NamespaceName, name: string): string =>
  namespace === '' ? name : `${namespace}/${name}`

/** The options of a bridge port, by attribute: how iproute2 names them and prints their values. */
export const portOptions = {
  hairpin: 'hairpin',
  isolated: 'isolated',
  learning: 'learning',
  pathCost: 'cost',
  priority: 'priority',
} as const

/** The timers and switches of a bridge, by attribute, in centiseconds (USER_HZ) where scaled. */
export const bridgeOptions = {
  forwardDelay: { name: 'forward_delay', scale: 100 },
  helloTime: { name: 'hello_time', scale: 100 },
  maxAge: { name: 'max_age', scale: 100 },
  ageingTime: { name: 'ageing_time', scale: 100 },
  priority: { name: 'priority', scale: 1 },
  vlanFiltering: { name: 'vlan_filtering', scale: 1 },
  multicastSnooping: { name: 'mcast_snooping', scale: 1 },
} as const
