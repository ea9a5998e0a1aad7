import type { IpNexthop, IpRoute } from '../kernel/ip.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import type { Family } from '../net/addresses.ts'
import { canonicalPrefix, familyOf } from '../net/addresses.ts'
import type { Address } from './address.ts'
import type { Aftermath, Attributes, Kind, NamespaceName, Resource, World } from './kind.ts'
import { inside, step } from './kind.ts'
import { linkIdentity } from './link/link.ts'
import { namespaceIdentity } from './namespace.ts'
import { coverings, sourceAddress } from './reach.ts'

/** A route; its identity is what the kernel tells two routes apart by (N-63). */
export interface Route extends Resource {
  readonly kind: 'route'
  readonly family: Family
  /** With prefix length, as in 0.0.0.0/0. */
  readonly to: string
  readonly table: number
  readonly metric: number
  /** Observed: of a twin that only `append` makes, what else tells it apart. */
  readonly twin?: number
}

/** Next hops as `nexthops` holds them. */
interface Nexthop {
  readonly via?: string
  readonly device?: string
  readonly weight: number
  readonly onlink: boolean
}

export const mainTable = 254

/** What the kernel takes where no metric is given: IP6_RT_PRIO_USER for IPv6. */
export const defaultMetric = (family: Family): number => (family === 'inet' ? 0 : 1024)

const identity = ({ namespace, family, to, table, metric, twin }: Route): string => {
  const words = [to === '0.0.0.0/0' ? 'default' : to]
  if (table !== mainTable) words.push(`table ${String(table)}`)
  if (metric !== defaultMetric(family)) words.push(`metric ${String(metric)}`)
  if (twin !== undefined) words.push(`twin ${String(twin)}`)
  return `route ${words.join(' ')}${inside(namespace)}`
}

// Numbers of rtnetlink(7), since names depend on files (N-06).
const types: Readonly<Record<string, string>> = {
  1: 'unicast',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
}

const kernelProtocol = 2

const redirectProtocol = 1

const localTable = 255

const gatewayOf = ({ gateway, via }: IpNexthop): string | undefined => gateway ?? via?.host

const observeNexthop = (hop: IpNexthop): Json => ({
  ...(gatewayOf(hop) === undefined ? {} : { via: gatewayOf(hop) ?? '' }),
  ...(hop.dev === undefined ? {} : { device: hop.dev }),
  weight: hop.weight ?? 1,
  onlink: hop.flags?.includes('onlink') === true,
})

const metricOf = (route: IpRoute, name: string): number | null => {
  const value = route.metrics?.find((metrics) => metrics[name] !== undefined)?.[name]
  return typeof value === 'number' ? value : null
}

const observeAttributes = (route: IpRoute, type: string): Attributes => ({
  type,
  via: gatewayOf(route) ?? null,
  // A blackhole of IPv6 shows `lo` (N-66).
  device: type === 'unicast' ? (route.dev ?? null) : null,
  onlink: route.flags?.includes('onlink') === true,
  nexthops: route.nexthops ? route.nexthops.map(observeNexthop) : null,
  src: route.prefsrc ?? null,
  mtu: metricOf(route, 'mtu'),
  advmss: metricOf(route, 'advmss'),
})

const observeOne = (route: IpRoute, namespace: NamespaceName): readonly Route[] => {
  const type = types[route.type]
  // Broadcasts, multicasts and what the kernel cached or was told by a router's redirect.
  if (type === undefined || Number(route.protocol) === redirectProtocol || route.cache?.length) return []
  if (route.tos !== undefined || Number(route.table) === localTable) return []
  const family: Family = route.pref === undefined ? 'inet' : 'inet6'
  return [
    {
      kind: 'route',
      namespace,
      family,
      to: canonicalDestination(route.dst, family),
      table: Number(route.table),
      metric: route.metric ?? defaultMetric('inet'),
      mark: Number(route.protocol),
      attributes: observeAttributes(route, type),
    },
  ]
}

/** The kernel's text is canonical already; only the length may be missing (N-62). */
const canonicalDestination = (dst: string, family: Family): string => {
  if (dst === 'default') return canonicalPrefix('default', family)
  if (dst.includes('/')) return dst
  return `${dst}/${family === 'inet' ? '32' : '128'}`
}

/** `append` makes routes that share an identity; all but the first get one of their own. */
const tellTwinsApart = (routes: readonly Route[]): readonly Route[] => {
  const seen = new Map<string, number>()
  return routes.map((route) => {
    const key = identity(route)
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? route : { ...route, twin: count }
  })
}

const observe = async (reader: Reader): Promise<readonly Route[]> => {
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) => {
      const { routes } = await reader.ip(namespace)
      return tellTwinsApart(routes.flatMap((route) => observeOne(route, namespace)))
    }),
  )
  return all.flat()
}

const hopsOf = ({ attributes }: Resource): readonly Nexthop[] =>
  Array.isArray(attributes['nexthops']) ? (attributes['nexthops'] as unknown as Nexthop[]) : []

/** The devices that a route names itself. */
const devicesOf = (route: Route): readonly string[] => {
  const { device } = route.attributes
  const own = typeof device === 'string' ? [device] : []
  return [...own, ...hopsOf(route).flatMap((hop) => (hop.device === undefined ? [] : [hop.device]))]
}

const gatewaysOf = (route: Route): readonly string[] => {
  const { via } = route.attributes
  const own = typeof via === 'string' ? [via] : []
  return [...own, ...hopsOf(route).flatMap((hop) => (hop.via === undefined ? [] : [hop.via]))]
}

const requires = (route: Route, world: World): readonly string[] => {
  const { namespace } = route
  const { src } = route.attributes
  return [
    ...(namespace === '' ? [] : [namespaceIdentity(namespace)]),
    ...devicesOf(route).map((device) => linkIdentity(namespace, device)),
    ...(typeof src === 'string' ? sourceAddress(namespace, src, world) : []),
    // What makes a gateway reachable comes first (N-65).
    ...gatewaysOf(route).flatMap((gateway) => coverings(namespace, gateway, world)),
  ].filter((required) => required !== identity(route))
}

/** Whether the kernel flushes the IPv4 routes of a device, with its last IPv4 address (N-59). */
const losesAddresses = (namespace: NamespaceName, device: string, after: Aftermath): boolean => {
  const here = after.observed.of('address', namespace) as readonly Address[]
  const v4 = here.filter(({ link, address }) => link === device && familyOf(address) === 'inet')
  return (
    v4.length > 0 &&
    v4.every(({ address, link }) => after.gone(`address ${address} on ${link}${inside(namespace)}`))
  )
}

const survives = (route: Route, aftermath: Aftermath): Route | undefined => {
  const { namespace, family } = route
  if (namespace !== '' && aftermath.gone(namespaceIdentity(namespace))) return undefined
  const lost = devicesOf(route).some((device) => {
    const carrier = aftermath.fate(linkIdentity(namespace, device))
    if (carrier !== undefined && carrier !== 'changed') return true
    return family === 'inet' && losesAddresses(namespace, device, aftermath)
  })
  if (lost) return undefined
  const { src } = route.attributes
  const source = typeof src === 'string' ? sourceAddress(namespace, src, aftermath.observed) : []
  return source.some((address) => aftermath.gone(address)) ? undefined : route
}

const hopWords = ({ via, device, weight, onlink }: Partial<Nexthop>): readonly string[] => [
  // `via inet6` where an IPv6 gateway carries an IPv4 route; iproute2 infers the rest.
  ...(via === undefined ? [] : ['via', ...(via.includes(':') ? ['inet6'] : []), via]),
  ...(device === undefined ? [] : ['dev', device]),
  ...(weight === undefined ? [] : ['weight', String(weight)]),
  ...(onlink === true ? ['onlink'] : []),
]

const keyWords = ({ table, metric, mark }: Route): readonly string[] => [
  ...['table', String(table)],
  ...(metric === 0 ? [] : ['metric', String(metric)]),
  ...(mark === undefined ? [] : ['proto', String(mark)]),
]

const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

const routeWords = (route: Route): readonly string[] => {
  const { type, via, device, onlink, src, mtu, advmss } = route.attributes
  const kind = text(type) ?? 'unicast'
  return [
    ...(kind === 'unicast' ? [] : [kind]),
    route.to,
    ...hopWords({ ...definedHop(text(via), text(device)), onlink: onlink === true }),
    ...keyWords(route),
    ...(typeof src === 'string' ? ['src', src] : []),
    ...(typeof mtu === 'number' ? ['mtu', String(mtu)] : []),
    ...(typeof advmss === 'number' ? ['advmss', String(advmss)] : []),
    ...hopsOf(route).flatMap((hop) => ['nexthop', ...hopWords(hop)]),
  ]
}

const definedHop = (via: string | undefined, device: string | undefined): Partial<Nexthop> => ({
  ...(via === undefined ? {} : { via }),
  ...(device === undefined ? {} : { device }),
})

// A source or gateway of IPv6 is refused until duplicate address detection is through with it.
const dadPatience = 5000

const change = (route: Route, verb: string): ReturnType<typeof step> => {
  const write = step(route.namespace, ['ip', 'route', verb, ...routeWords(route)])
  return route.family === 'inet6' && typeof route.attributes['src'] === 'string'
    ? { ...write, patience: dadPatience }
    : write
}

// With the full key: `ip route del` takes the first that matches, whosever it is (N-67).
const remove = (route: Route): ReturnType<typeof step> => {
  const { type, via, device } = route.attributes
  const kind = text(type) ?? 'unicast'
  const hop = hopWords(definedHop(text(via), text(device)))
  return step(route.namespace, [
    ...['ip', 'route', 'delete', ...(kind === 'unicast' ? [] : [kind]), route.to],
    ...hop,
    ...keyWords(route),
  ])
}

const sameHop = (desired: Nexthop, observed: Nexthop): boolean =>
  desired.via === observed.via &&
  (desired.device === undefined || desired.device === observed.device) &&
  desired.weight === observed.weight &&
  desired.onlink === observed.onlink

/** Next hops are a set, and a device that was not declared is the kernel's choice. */
const same = (attribute: string, desired: Json, observed: Json | undefined): boolean => {
  if (attribute !== 'nexthops' || !Array.isArray(desired) || !Array.isArray(observed)) {
    return desired === (observed ?? null)
  }
  const hops = observed as unknown as Nexthop[]
  const wanted = desired as unknown as Nexthop[]
  return (
    hops.length === wanted.length &&
    wanted.every((hop) => hops.some((candidate) => sameHop(hop, candidate)))
  )
}

/** Routes (ip-route(8)). */
export const routeKind: Kind<Route> = {
  name: 'route',
  marked: true,
  identity,
  observe,
  owner: ({ mark }, owner) => {
    if (mark === kernelProtocol) return 'kernel'
    return mark === owner.id ? 'ours' : 'foreign'
  },
  same,
  // IPv6 does not replace a route by one of another type, it adds it beside.
  replaces: ({ attribute }, { family }) => attribute === 'type' && family === 'inet6',
  requires,
  survives,
  steps: (edit) => {
    if (edit.action === 'delete') return [remove(edit.before)]
    const inPlace = edit.action === 'update' || edit.tolerant
    return [change(edit.after, inPlace ? 'replace' : 'add')]
  },
}
