import type { LinkRoute, Route as RouteConfig } from '../config/config.ts'
import type { NamespaceName } from '../resources/kind.ts'
import { defaultMetric, hopsOf, mainTable } from '../resources/route/route.ts'
import type { Route } from '../resources/route/route.ts'
import type { Entries } from './draft.ts'
import { compareNames } from '../net/order.ts'
import { defined, gather, omit } from './draft.ts'
import { allIn, judge, ownershipOf, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { whoseProtocol } from './protocols.ts'

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

const typeNames: ReadonlySet<string> = new Set(['unicast', 'blackhole', 'unreachable', 'prohibit'])

/** Why a route cannot be said as it is; undefined: it can. */
const unsayable = (route: Route, scene: Scene): string | undefined => {
  const { attributes, selector = [], oddities = [], twin } = route
  const type = textOf(attributes['type']) ?? ''
  if (!typeNames.has(type)) return `type ${type}`
  if (selector.length > 0) return `a file has no key for "${selector.join(' ')}"`
  if (ownershipOf(route, scene) === 'ours') return undefined
  // Taken over, it would be written again, without these.
  if (oddities.length > 0) return `a file has no key for "${oddities.join(' ')}"`
  return twin === undefined ? undefined : 'another one with the same destination is before it'
}

/** iproute2 would take a default route by a gateway of IPv6 for one of IPv6. */
const destinationOf = ({ to, attributes: { via } }: Route): string =>
  to === '0.0.0.0/0' && textOf(via)?.includes(':') !== true ? 'default' : to

/** A route of the link that it leads to. */
export const linkRoute = (route: Route): LinkRoute => {
  const { table, metric, family, attributes } = route
  const { via, onlink, src, mtu, advmss } = attributes
  return defined({
    to: destinationOf(route),
    via: textOf(via),
    metric: metric === defaultMetric(family) ? undefined : metric,
    table: table === mainTable ? undefined : table,
    onlink: onlink === true ? true : undefined,
    src: textOf(src),
    mtu: numberOf(mtu),
    advmss: numberOf(advmss),
  })
}

/** A route of no link: with all that it says itself. */
export const fullRoute = (route: Route): RouteConfig => {
  const { type, device } = route.attributes
  return defined({
    ...linkRoute(route),
    type:
      type === 'unicast' ? undefined : (textOf(type) as Exclude<RouteConfig['type'], undefined>),
    device: textOf(device),
    nexthops: hopsOf(route).map(({ onlink, ...hop }) => ({
      ...hop,
      ...(onlink ? { onlink } : {}),
    })),
  })
}

/** Whether a route has one way, which leads by a device. */
export const deviceOf = ({ attributes: { type, device } }: Route): string | undefined =>
  type === 'unicast' ? textOf(device) : undefined

const rankOf = ({ table, family, to }: Route): string =>
  `${String(table)} ${family} ${/^(0\.0\.0\.0|::)\/0$/.test(to) ? '' : to}`

/** What no key says stays with what is taken over, and is told. */
const takenEntry = (route: Route): Entries<Route> => {
  const { details = [] } = route
  const what = `"${details.join(' ')}" of ${titleOf(route)}`
  return {
    entries: [route],
    omissions: details.length === 0 ? [] : [{ what, why: 'a file has no key for it' }],
  }
}

/** The routes of a namespace that are for the file, the default one first. */
export const routesIn = (namespace: NamespaceName, scene: Scene): Entries<Route> =>
  gather(
    allIn<Route>(scene, 'route', namespace)
      .toSorted((a, b) => compareNames(rankOf(a), rankOf(b)) || a.metric - b.metric)
      .map((route) => {
        const verdict = judge(route, scene)
        if (!verdict.taken) return omit(titleOf(route), verdict.why)
        const why =
          whoseProtocol(route.mark, scene, ownershipOf(route, scene)) ?? unsayable(route, scene)
        return why === undefined ? takenEntry(route) : omit<Route>(titleOf(route), why)
      }),
  )
