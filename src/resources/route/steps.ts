import type { Edit, Json, Step } from '../kind.ts'
import { step } from '../kind.ts'
import { lastingDetails, nexthopObject } from './details.ts'
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

/** Where it goes, if by one way: or the object that says it, and then nothing else may. */
const wayWords = (route: Route): readonly string[] => {
  const object = nexthopObject(route)
  if (object !== undefined) return ['nhid', object]
  const { via, device, onlink } = route.attributes
  return hopWords({ ...definedHop(text(via), text(device)), onlink: onlink === true })
}

const typeWords = ({ attributes: { type } }: Route): readonly string[] =>
  typeof type !== 'string' || type === 'unicast' ? [] : [type]

const routeWords = (route: Route): readonly string[] => {
  const { src, mtu, advmss } = route.attributes
  const isByObject = nexthopObject(route) !== undefined
  return [
    ...(isByObject ? [] : typeWords(route)),
    route.to,
    ...(route.selector ?? []),
    ...wayWords(route),
    ...keyWords(route),
    ...(typeof src === 'string' ? ['src', src] : []),
    ...(typeof mtu === 'number' ? ['mtu', String(mtu)] : []),
    ...(typeof advmss === 'number' ? ['advmss', String(advmss)] : []),
    ...lastingDetails(route),
    ...(isByObject ? [] : hopsOf(route)).flatMap((hop) => ['nexthop', ...hopWords(hop)]),
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
const remove = (route: Route): Step =>
  step(route.namespace, [
    ...['ip', 'route', 'delete', ...typeWords(route), route.to, ...(route.selector ?? [])],
    ...wayWords(route).filter((one) => one !== 'onlink'),
    ...keyWords(route),
  ])

export const routeSteps = (edit: Edit<Route>): readonly Step[] => {
  if (edit.action === 'delete') return [remove(edit.before)]
  const { after } = edit
  if (edit.action === 'update') return [change(after, 'replace')]
  const made = { ...after, details: lastingDetails(after) }
  if (after.twin !== undefined) return [change(made, 'append')]
  return [change(made, edit.tolerant ? 'replace' : 'add')]
}
