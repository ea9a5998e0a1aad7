import type { Json } from '../kernel/reader.ts'
import { familyOf } from '../net/addresses.ts'
import type { Address } from './address.ts'
import type { Aftermath, Kind, NamespaceName, World } from './kind.ts'
import { inside } from './kind.ts'
import { linkIdentity } from './link/link.ts'
import { namespaceIdentity } from './namespace.ts'
import { coverings, sourceAddress } from './reach.ts'
import { observeRoutes } from './route/observe.ts'
import { devicesOf, gatewaysOf, routeIdentity } from './route/route.ts'
import type { Nexthop, Route } from './route/route.ts'
import { routeSteps } from './route/steps.ts'

const kernelProtocol = 2

/** The addresses of its devices: with the last one the kernel flushes IPv4 routes (N-59). */
const deviceAddresses = (route: Route, world: World): readonly string[] => {
  const devices = new Set(devicesOf(route))
  return (world.of('address', route.namespace) as readonly Address[])
    .filter(({ link, address }) => devices.has(link) && familyOf(address) === 'inet')
    .map((address) => world.identity(address))
}

const requires = (route: Route, world: World): readonly string[] => {
  const { namespace } = route
  const { src } = route.attributes
  return [
    ...(namespace === '' ? [] : [namespaceIdentity(namespace)]),
    ...devicesOf(route).map((device) => linkIdentity(namespace, device)),
    ...(typeof src === 'string' ? sourceAddress(namespace, src, world) : []),
    ...(route.family === 'inet' ? deviceAddresses(route, world) : []),
    // What makes a gateway reachable comes first (N-65).
    ...gatewaysOf(route).flatMap((gateway) => coverings(namespace, gateway, world)),
  ].filter((required) => required !== routeIdentity(route))
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

/** What of it the addresses take along that go: the route, or its source. */
const survivesAddresses = (route: Route, aftermath: Aftermath): Route | undefined => {
  const { namespace, family } = route
  const { src } = route.attributes
  const sources = typeof src === 'string' ? sourceAddress(namespace, src, aftermath.observed) : []
  const sourceless = sources.some((address) => aftermath.gone(address))
  // IPv6 drops the source alone (fib6_clean_prefsrc), IPv4 the route (fib_sync_down_addr).
  if (family === 'inet6') {
    return sourceless ? { ...route, attributes: { ...route.attributes, src: null } } : route
  }
  const flushed = devicesOf(route).some((device) => losesAddresses(namespace, device, aftermath))
  return sourceless || flushed ? undefined : route
}

const survives = (route: Route, aftermath: Aftermath): Route | undefined => {
  const { namespace } = route
  if (namespace !== '' && aftermath.gone(namespaceIdentity(namespace))) return undefined
  const lost = devicesOf(route).some((device) => {
    const carrier = aftermath.fate(linkIdentity(namespace, device))
    return carrier !== undefined && carrier !== 'changed'
  })
  if (lost) return undefined
  // What is deleted anyway is deleted before the addresses: who knows whether others keep it alive.
  return aftermath.gone(routeIdentity(route)) ? route : survivesAddresses(route, aftermath)
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
  identity: routeIdentity,
  observe: observeRoutes,
  owner: ({ mark }, owner) => {
    if (mark === kernelProtocol) return 'kernel'
    return mark === owner.id ? 'ours' : 'foreign'
  },
  same,
  // IPv6 does not replace a route by one of another type, it adds it beside.
  replaces: ({ attribute }, { family }) => attribute === 'type' && family === 'inet6',
  requires,
  survives,
  steps: routeSteps,
}
