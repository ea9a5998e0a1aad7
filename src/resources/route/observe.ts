import type { IpNexthop, IpRoute } from '../../kernel/ip.ts'
import type { Json, Reader } from '../../kernel/reader.ts'
import type { Family } from '../../net/addresses.ts'
import { canonicalPrefix } from '../../net/addresses.ts'
import type { Attributes, NamespaceName } from '../kind.ts'
import { detailsOf, odditiesOf, selectorOf } from './details.ts'
import { defaultMetric, routeIdentity } from './route.ts'
import type { Route } from './route.ts'

// Numbers of rtnetlink(7), since names depend on files (N-06).
const types: Readonly<Record<string, string>> = {
  1: 'unicast',
  2: 'local',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
  9: 'throw',
}

const redirectProtocol = 1
const kernelProtocol = 2

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
  device: type === 'unicast' || type === 'local' ? (route.dev ?? null) : null,
  onlink: route.flags?.includes('onlink') === true,
  nexthops: route.nexthops ? route.nexthops.map(observeNexthop) : null,
  src: route.prefsrc ?? null,
  mtu: metricOf(route, 'mtu'),
  advmss: metricOf(route, 'advmss'),
})

const observeOne = (route: IpRoute, namespace: NamespaceName): Route | undefined => {
  const type = types[route.type]
  const protocol = Number(route.protocol)
  // The kernel's own routes to each address of the node.
  if (type === 'local' && protocol === kernelProtocol) return undefined
  // Broadcasts, multicasts and what the kernel cached or was told by a router's redirect.
  if (type === undefined || protocol === redirectProtocol || route.cache?.length) return undefined
  if ([route, ...(route.nexthops ?? [])].some(({ encap }) => encap !== undefined)) return undefined
  const family: Family = route.pref === undefined ? 'inet' : 'inet6'
  const selector = selectorOf(route)
  return {
    kind: 'route',
    namespace,
    family,
    to: canonicalDestination(route.dst, family),
    table: Number(route.table),
    metric: route.metric ?? defaultMetric('inet'),
    mark: protocol,
    ...(selector.length === 0 ? {} : { selector }),
    details: detailsOf(route, type),
    oddities: odditiesOf(route),
    attributes: observeAttributes(route, type),
  }
}

/** The kernel's text is canonical already; only the length may be missing (N-62). */
const canonicalDestination = (dst: string, family: Family): string => {
  if (dst === 'default') return canonicalPrefix('default', family)
  if (dst.includes('/')) return dst
  return `${dst}/${family === 'inet' ? '32' : '128'}`
}

/** Destinations of more than one route: there are few. */
const sharedDestinations = (routes: readonly Route[]): ReadonlySet<string> => {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const { to } of routes) {
    if (seen.has(to)) shared.add(to)
    else seen.add(to)
  }
  return shared
}

/** `append` makes routes that share an identity; all but the first get one of their own. */
const tellTwinsApart = (routes: readonly Route[]): readonly Route[] => {
  const shared = sharedDestinations(routes)
  if (shared.size === 0) return routes
  const seen = new Map<string, number>()
  return routes.map((route) => {
    if (!shared.has(route.to)) return route
    const key = routeIdentity(route)
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? route : { ...route, twin: count }
  })
}

/** Every route that a person or a program may have made, and those that the kernel made beside them. */
export const observeRoutes = async (reader: Reader): Promise<readonly Route[]> => {
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) => {
      const { routes } = await reader.ip(namespace)
      return tellTwinsApart(routes.flatMap((route) => observeOne(route, namespace) ?? []))
    }),
  )
  return all.flat()
}
