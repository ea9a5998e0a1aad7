import type { LinkRoute, Nexthop, Route as RouteConfig } from '../config/config.ts'
import { canonicalAddress, canonicalPrefix, familyOf } from '../net/addresses.ts'
import type { Family } from '../net/addresses.ts'
import type { Json } from '../resources/kind.ts'
import type { NamespaceName } from '../resources/kind.ts'
import { defaultMetric } from '../resources/route/route.ts'
import type { Route } from '../resources/route/route.ts'
import type { Context, Path } from './context.ts'
import { tableNumber } from './tables.ts'

/** Where a list of routes stands; a link's own routes have its device. */
interface Place {
  readonly namespace: NamespaceName
  readonly device?: string
}

const expandNexthop = ({ via, device, weight, onlink }: Nexthop): Json => ({
  ...(via === undefined ? {} : { via: canonicalAddress(via) }),
  ...(device === undefined ? {} : { device }),
  weight: weight ?? 1,
  onlink: onlink === true,
})

const address = (text: string | undefined): string | null =>
  text === undefined ? null : canonicalAddress(text)

/** To IPv6, 0 is none. */
const metricOf = ({ metric = 0 }: RouteConfig, family: Family): number =>
  metric === 0 ? defaultMetric(family) : metric

const makeRoute = (context: Context, route: RouteConfig, path: Path, place: Place): Route => {
  const family = familyOf(route.to)
  return {
    kind: 'route',
    namespace: place.namespace,
    family,
    to: canonicalPrefix(route.to, family),
    table: tableNumber(route.table),
    metric: metricOf(route, family),
    attributes: {
      type: route.type ?? 'unicast',
      via: address(route.via),
      // Not declared, the kernel finds it from the gateway.
      device: route.device ?? place.device,
      onlink: route.onlink === true,
      nexthops: route.nexthops ? route.nexthops.map(expandNexthop) : null,
      src: address(route.src),
      mtu: route.mtu ?? null,
      advmss: route.advmss ?? null,
    },
    mark: context.owner.id,
    adopt: route.adopt,
    source: context.locate(path),
  }
}

const made = new WeakMap<RouteConfig, { readonly route: Route; readonly of: Place }>()

/** A route that many nodes share is one object: see `perNode` of the cluster's backends. */
const madeBefore = (context: Context, config: RouteConfig, place: Place): Route | undefined => {
  const known = made.get(config)
  const { namespace, device } = place
  const isSame = known?.of.namespace === namespace && known.of.device === device
  return isSame && known.route.mark === context.owner.id ? known.route : undefined
}

export const expandRoutes = (
  context: Context,
  routes: readonly (RouteConfig | LinkRoute)[],
  path: Path,
  place: Place,
): readonly Route[] =>
  routes.map((config, index) => {
    const known = madeBefore(context, config, place)
    if (known) return known
    const route = makeRoute(context, config, [...path, index], place)
    made.set(config, { route, of: place })
    return route
  })
