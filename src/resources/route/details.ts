import type { IpNexthop, IpRoute } from '../../kernel/ip.ts'
import type { Route } from './route.ts'

/** Which packets a route is for: what tells it apart from another one to the same destination. */
export const selectorOf = ({ from, tos }: IpRoute): readonly string[] => [
  ...(from === undefined ? [] : ['from', from]),
  ...(tos === undefined ? [] : ['tos', tos]),
]

// How far a destination is, as the kernel takes it where nobody says.
const usualScope = ({ gateway, via, nexthops, nhid }: IpRoute, type: string): string => {
  if (type === 'local') return '254'
  const isDirect = type === 'unicast' && !gateway && !via && !nexthops
  return isDirect && nhid === undefined ? '253' : '0'
}

const declared: ReadonlySet<string> = new Set(['mtu', 'advmss'])

/** What `ip` prints in milliseconds, and takes as a number of another unit. */
const times: ReadonlySet<string> = new Set(['rtt', 'rttvar', 'rto_min'])

const metricWords = ([name, value]: readonly [string, unknown]): readonly string[] => {
  if (declared.has(name)) return []
  if (name === 'ecn') return ['features', 'ecn']
  if (typeof value !== 'string' && typeof value !== 'number') return []
  if (times.has(name)) return [name, `${String(value)}ms`]
  return [name === 'congestion' ? 'congctl' : name, String(value)]
}

const realmOf = ({ flow = {} }: IpNexthop): readonly string[] => {
  const { from, to = '0' } = flow
  if (from !== undefined) return ['realm', `${from}/${to}`]
  return flow.to === undefined ? [] : ['realm', to]
}

/** What holds as long as the way is the same: how far it is, and the object that it goes by. */
const ofTheWay: ReadonlySet<string> = new Set(['scope', 'nhid'])

/** What we never give a route, and give back to one that was made by somebody else, in pairs. */
export const detailsOf = (route: IpRoute, type: string): readonly string[] => {
  const { pref, scope = '0', metrics = [], nhid } = route
  const isScoped = pref === undefined && scope !== usualScope(route, type)
  return [
    ...(pref !== undefined && pref !== 'medium' ? ['pref', pref] : []),
    ...(isScoped ? ['scope', scope] : []),
    ...(nhid === undefined ? [] : ['nhid', String(nhid)]),
    ...realmOf(route),
    ...metrics.flatMap((one) => Object.entries(one)).flatMap(metricWords),
  ]
}

/** What a route has that is lost where it is written again. */
export const odditiesOf = ({ expires, nexthops = [] }: IpRoute): readonly string[] => [
  ...(expires === undefined ? [] : ['expires']),
  ...(nexthops.some(({ flow }) => flow !== undefined) ? ['realm'] : []),
]

const pairsOf = (words: readonly string[]): readonly (readonly [string, string])[] =>
  words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ''] as const] : []))

/** The object that says where a route goes: then no words do. */
export const nexthopObject = ({ details = [] }: Route): string | undefined =>
  pairsOf(details).find(([word]) => word === 'nhid')?.[1]

/** The details of a route that is made anew: by then the kernel may have dropped the object that it went by. */
export const lastingDetails = ({ details = [] }: Route): readonly string[] =>
  pairsOf(details)
    .filter(([word]) => word !== 'nhid')
    .flat()

const ways = ['type', 'via', 'device', 'onlink', 'nexthops'] as const

/** What no file says stays as it is, as far as the way that is asked for leaves it. */
export const keepDetails = (
  route: Route,
  observed: Route | undefined,
  same: (name: string, route: Route, observed: Route) => boolean,
): Route => {
  const { details = [] } = observed ?? {}
  if (!observed || details.length === 0) return route
  if (route.attributes['type'] !== observed.attributes['type']) return route
  const isSameWay = ways.every((name) => same(name, route, observed))
  const kept = pairsOf(details).filter(([word]) => isSameWay || !ofTheWay.has(word))
  return { ...route, details: kept.flat() }
}
