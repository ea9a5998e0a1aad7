/** The JSON of iproute2 (`ip -j -N -d`, `bridge -j -d`), as far as we read it. */

export interface IpAddress {
  readonly family: 'inet' | 'inet6'
  readonly local: string
  /** The other end of a point-to-point address; `local` is ours. */
  readonly address?: string
  readonly prefixlen: number
  readonly scope: string
  readonly secondary?: boolean
  readonly dynamic?: boolean
  readonly mngtmpaddr?: boolean
  readonly temporary?: boolean
  readonly tentative?: boolean
  readonly dadfailed?: boolean
  readonly protocol?: string
  readonly broadcast?: string
  readonly label?: string
  readonly noprefixroute?: boolean
  readonly nodad?: boolean
  readonly metric?: number
  readonly valid_life_time?: number
  readonly preferred_life_time?: number
}

export interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly txqlen?: number
  readonly ifalias?: string
  readonly altnames?: readonly string[]
  readonly group: string
  readonly master?: string
  readonly address?: string
  /** The peer's name, where a veth's peer is in the same namespace; a lower device's else. */
  readonly link?: string
  /** The peer's ifindex in the namespace `link_netnsid`. */
  readonly link_index?: number
  readonly link_netnsid?: number
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: Readonly<Record<string, unknown>>
    readonly info_slave_kind?: string
    readonly info_slave_data?: Readonly<Record<string, unknown>>
  }
  readonly addr_info: readonly IpAddress[]
}

export interface IpNexthop {
  readonly gateway?: string
  readonly via?: { readonly family: string; readonly host: string }
  readonly dev?: string
  readonly weight?: number
  readonly flags?: readonly string[]
  /** Then `dst` of the route may be that of the tunnel: it is printed twice. */
  readonly encap?: string
  readonly flow?: { readonly from?: string; readonly to?: string }
}

export interface IpRoute extends IpNexthop {
  readonly type: string
  readonly dst: string
  readonly table: string
  readonly protocol: string
  readonly scope?: string
  readonly tos?: string
  /** IPv6 only: packets from there alone take it. */
  readonly from?: string
  readonly nhid?: number
  readonly expires?: number
  readonly metric?: number
  readonly prefsrc?: string
  readonly metrics?: readonly Readonly<Record<string, unknown>>[]
  readonly nexthops?: readonly IpNexthop[]
  /** IPv6 only, and always there: what tells an IPv6 `default` from an IPv4 one. */
  readonly pref?: string
  readonly cache?: readonly string[]
}

export interface IpRule {
  readonly priority: number
  readonly not?: null
  readonly src?: string
  readonly srclen?: number
  readonly dst?: string
  readonly dstlen?: number
  readonly iif?: string
  readonly oif?: string
  readonly fwmark?: string
  readonly fwmask?: string
  readonly ipproto?: string
  readonly sport?: number
  readonly sport_start?: number
  readonly sport_end?: number
  readonly dport?: number
  readonly dport_start?: number
  readonly dport_end?: number
  readonly table?: string
  readonly action?: string
  readonly suppress_prefixlen?: number
  readonly protocol?: string
  readonly [key: string]: unknown
}

export interface IpNeighbor {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state?: readonly string[]
  readonly protocol?: string
  readonly proxy?: null
  readonly router?: null
  readonly extern_learn?: null
}

export interface FdbEntry {
  readonly mac: string
  readonly ifname?: string
  readonly dst?: string
  readonly port?: number
  readonly vni?: number
  readonly viaIf?: string
  readonly flags?: readonly string[]
  readonly master?: string
  readonly state?: string
}

/** Everything that one namespace's `ip` reads give. */
export interface IpDump {
  readonly links: readonly IpLink[]
  readonly routes: readonly IpRoute[]
  /** Those of IPv4: the others are another question. */
  readonly rules: readonly IpRule[]
  readonly neighbors: readonly IpNeighbor[]
  readonly proxies: readonly IpNeighbor[]
}

/** A number that a namespace has for another one, and what that is called below /run/netns. */
export interface NamespaceId {
  readonly nsid: number
  readonly name?: string
}

/** What an `ip` batch prints: one JSON array a line. A line without output is an empty list. */
export const parseLines = (text: string): unknown[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown[])
