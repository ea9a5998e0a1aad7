import { canonicalPrefix, familyOf, hasHostBits, type Family } from '../../net/addresses.ts'
import type { Route } from '../config.ts'
import type { Path } from '../located.ts'
import { checkDevice } from './devices.ts'
import { checkHostBits } from './prefixes.ts'
import {
  checkEach,
  describeSpace,
  findTwins,
  none,
  pathOf,
  type Check,
  type Problem,
  type RouteEntry,
} from './topology.ts'

type RouteCheck = (entry: RouteEntry) => readonly Problem[]

/** Destinations with host bits, which the kernel refuses. */
const checkDestination: RouteCheck = (entry) =>
  hasHostBits(entry.route.to) ? checkHostBits(entry.route.to, [...pathOf(entry), 'to']) : none

/** Gateways and sources of another family than the destination. */
const checkFamilies: RouteCheck = (entry) => {
  const { route } = entry
  const family = familyOf(route.to)
  // An IPv4 route may have any gateway.
  if (family === 'inet' && route.src === undefined) return none
  const path = pathOf(entry)
  const gateways = [
    ...(route.via === undefined ? [] : [{ via: route.via, at: [...path, 'via'] }]),
    ...(route.nexthops ?? []).flatMap(({ via }, index) =>
      via === undefined ? [] : [{ via, at: [...path, 'nexthops', index, 'via'] }],
    ),
  ]
  return [
    ...gateways.flatMap(({ via, at }): readonly Problem[] =>
      // The other way round the kernel can: RTA_VIA, an IPv4 route by an IPv6 gateway.
      family === 'inet6' && familyOf(via) === 'inet'
        ? [tellFamily('gateway', via, family, at)]
        : [],
    ),
    ...(route.src !== undefined && familyOf(route.src) !== family
      ? [tellFamily('source address', route.src, family, [...path, 'src'])]
      : []),
  ]
}

/** Ways out that exclude each other, and routes without one. */
const checkWays: RouteCheck = (entry) => {
  const { route } = entry
  const { type = 'unicast', nexthops, via, device } = route
  const isPlain = type === 'unicast' && nexthops === undefined
  if (isPlain && (via ?? device ?? entry.link) !== undefined) return none
  const path = pathOf(entry)
  const ways = (['via', 'device', 'nexthops'] as const).filter((key) => route[key] !== undefined)
  const tell = (key: string, message: string, hint?: string): Problem => ({
    code: 'value',
    message,
    path: [...path, key],
    part: 'key',
    hint,
  })
  if (type !== 'unicast') {
    return ways.map((key) =>
      tell(key, `"${key}" beside "type: ${type}"`, 'such a route leads nowhere'),
    )
  }
  if (nexthops !== undefined) {
    const beside = ways.filter((key) => key !== 'nexthops')
    return beside.map((key) => tell(key, `"${key}" beside "nexthops"`, 'each next hop has its own'))
  }
  if (via === undefined && device === undefined && entry.link === undefined) {
    const message = `the route to ${route.to} needs "via", "device" or "nexthops"`
    return [{ code: 'value', message, path, hint: 'or "type: blackhole", to drop what goes there' }]
  }
  return []
}

/** `onlink` takes the gateway as on the device, and so needs one. */
const checkOnlink: RouteCheck = (entry) => {
  const { route, link } = entry
  const device = link ?? route.device
  if (route.nexthops === undefined && (route.onlink !== true || device !== undefined)) return none
  const path = pathOf(entry)
  const hops = [
    { hop: { ...route, device }, at: path },
    ...(route.nexthops ?? []).map((hop, index) => ({ hop, at: [...path, 'nexthops', index] })),
  ]
  return hops
    .filter(({ hop }) => hop.onlink === true && hop.device === undefined)
    .map(({ at }) => ({
      code: 'value',
      message: '"onlink" without "device"',
      path: [...at, 'onlink'],
      part: 'key',
      hint: 'it says that the gateway is on that device',
    }))
}

/** Next hops that lead nowhere. */
const checkNexthops: RouteCheck = (entry) =>
  entry.route.nexthops?.flatMap(({ via, device }, index): readonly Problem[] => {
    if (via !== undefined || device !== undefined) return []
    const message = 'a next hop needs "via" or "device"'
    return [{ code: 'value', message, path: [...pathOf(entry), 'nexthops', index] }]
  }) ?? none

/** Devices that the route's namespace does not have. */
export const checkRouteDevices: Check = (topology) =>
  checkEach(topology.routes, (entry) => {
    const { route, namespace } = entry
    const { device, nexthops } = route
    const isKnown = device === undefined || topology.devices.get(namespace)?.has(device) === true
    if (nexthops === undefined && isKnown) return none
    const path = pathOf(entry)
    return [
      ...checkDevice(topology, namespace, device, [...path, 'device']),
      ...(nexthops ?? []).flatMap((hop, index) =>
        checkDevice(topology, namespace, hop.device, [...path, 'nexthops', index, 'device']),
      ),
    ]
  })

/** Two routes that are one to the kernel. */
export const checkRouteTwins: Check = ({ routes }) =>
  findTwins(routes, identityOf).map(([second, first]) => ({
    code: 'duplicate',
    message: `two routes to ${canonicalPrefix(second.route.to)} in ${describeSpace(second.namespace)}`,
    path: [...pathOf(second), 'to'],
    related: [...pathOf(first), 'to'],
    hint: 'several gateways are the "nexthops" of one route; a standby has another metric',
  }))

/** `default` is 0.0.0.0/0, which an IPv6 gateway can carry; but iproute2 would take it for ::/0. */
const checkDefaultFamily: RouteCheck = (entry) => {
  const { to, via, nexthops = [] } = entry.route
  if (to !== 'default') return none
  const gateway = [via, ...nexthops.map((hop) => hop.via)].find(
    (one) => one !== undefined && familyOf(one) === 'inet6',
  )
  if (gateway === undefined) return none
  const message = `"default" is 0.0.0.0/0, and its gateway ${gateway} is an IPv6 address`
  const hint =
    'for the default route of IPv6, write "::/0"; for IPv4 by an IPv6 gateway, write "0.0.0.0/0"'
  return [{ code: 'value', message, path: [...pathOf(entry), 'to'], hint }]
}

const tellFamily = (noun: string, address: string, family: Family, path: Path): Problem => {
  const [wanted, got] = family === 'inet6' ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6']
  return {
    code: 'value',
    message: `the ${noun} ${address} is ${got}, the destination ${wanted}`,
    path,
  }
}

const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 }

/** What the kernel compares; it reads an IPv6 metric of 0 as 1024. */
const identifyRoute = ({
  route: { to, metric, table = 'main' },
  namespace,
}: RouteEntry): string => {
  const isUnranked = metric === undefined || metric === 0
  const rank = isUnranked && familyOf(to) === 'inet6' ? 1024 : (metric ?? 0)
  return `${namespace} ${canonicalPrefix(to)} ${rank} ${TABLES[table] ?? table}`
}

const identities = new WeakMap<Route, { readonly namespace: string; readonly identity: string }>()

const identityOf = (entry: RouteEntry): string => {
  const known = identities.get(entry.route)
  if (known?.namespace === entry.namespace) return known.identity
  const identity = identifyRoute(entry)
  identities.set(entry.route, { namespace: entry.namespace, identity })
  return identity
}

const CHECKS: readonly RouteCheck[] = [
  checkDestination,
  checkFamilies,
  checkWays,
  checkOnlink,
  checkNexthops,
  checkDefaultFamily,
]

/** Routes of which nothing is wrong, and the links that they stand at. */
const sound = new WeakMap<Route, string | undefined>()

/** Each route by itself: once, where many nodes share it. */
export const checkRoutes: Check = ({ routes }) =>
  checkEach(routes, (entry) => {
    const { route, link } = entry
    if (sound.has(route) && sound.get(route) === link) return none
    const problems = CHECKS.map((check) => check(entry)).filter(({ length }) => length > 0)
    if (problems.length > 0) return problems.flat()
    sound.set(route, link)
    return none
  })
