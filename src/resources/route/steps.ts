import type { Edit, Json, Step } from '../kind.ts'
import { step } from '../kind.ts'
import { hopsOf } from './route.ts'
import type { Nexthop, Route } from './route.ts'

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
    ...(route.details ?? []),
    ...hopsOf(route).flatMap((hop) => ['nexthop', ...hopWords(hop)]),
  ]
}

const definedHop = (via: string | undefined, device: string | undefined): Partial<Nexthop> => ({
  ...(via === undefined ? {} : { via }),
  ...(device === undefined ? {} : { device }),
})

// A source or gateway of IPv6 is refused until duplicate address detection is through with it.
const dadPatience = 5000

const change = (route: Route, verb: string): Step => {
  const write = step(route.namespace, ['ip', 'route', verb, ...routeWords(route)])
  return route.family === 'inet6' && typeof route.attributes['src'] === 'string'
    ? { ...write, patience: dadPatience }
    : write
}

// With the full key: `ip route del` takes the first that matches, whosever it is (N-67).
const remove = (route: Route): Step => {
  const { type, via, device } = route.attributes
  const kind = text(type) ?? 'unicast'
  const hop = hopWords(definedHop(text(via), text(device)))
  return step(route.namespace, [
    ...['ip', 'route', 'delete', ...(kind === 'unicast' ? [] : [kind]), route.to],
    ...hop,
    ...keyWords(route),
  ])
}

export const routeSteps = (edit: Edit<Route>): readonly Step[] => {
  if (edit.action === 'delete') return [remove(edit.before)]
  const inPlace = edit.action === 'update' || edit.tolerant
  return [change(edit.after, inPlace ? 'replace' : 'add')]
}
