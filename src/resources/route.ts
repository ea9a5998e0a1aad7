import type { Json } from '../kernel/reader.ts'
import { familyOf, isLinkLocal } from '../net/addresses.ts'
import type { Address } from './address.ts'
import type { Aftermath, Kind, World } from './kind.ts'
import { losesIPv4, losesIPv6 } from './families.ts'
import { linkIdentity } from './link/link.ts'
import type { Link } from './link/link.ts'
import { portsOf } from './link/mac.ts'
import { nextMtu } from './link/mtu.ts'
import { namespaceIdentity } from './namespace.ts'
import { coverings, sourceAddress } from './reach.ts'
import { keepDetails } from './route/details.ts'
import { followGateways } from './route/follow.ts'
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

/** Who is appended comes after the one it stands behind. */
const elderTwin = (route: Route): readonly string[] => {
  const { twin } = route
  if (twin === undefined) return []
  return [routeIdentity({ ...route, twin: twin === 2 ? undefined : twin - 1 })]
}

const requires = (route: Route, world: World): readonly string[] => {
  const { namespace } = route
  const { src } = route.attributes
  return [
    ...(namespace === '' ? [] : [namespaceIdentity(namespace)]),
    ...devicesOf(route).map((device) => linkIdentity(namespace, device)),
    ...(typeof src === 'string' ? sourceAddress(namespace, src, world) : []),
    ...elderTwin(route),
    ...portsBelow(route, world),
    ...(route.family === 'inet' ? deviceAddresses(route, world) : []),
    // What makes a gateway reachable comes first (N-65).
    ...gatewaysOf(route).flatMap((gateway) => coverings(namespace, gateway, world)),
  ].filter((required) => required !== routeIdentity(route))
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
  const flushed = devicesOf(route).some((device) => losesIPv4(namespace, device, aftermath))
  return sourceless || flushed ? undefined : route
}

/** IPv6 gives its routes the new MTU of their device, where theirs was that or is too large. */
const keptMtu = (route: Route, aftermath: Aftermath): Json | undefined => {
  const { mtu } = route.attributes
  if (route.family === 'inet' || typeof mtu !== 'number') return mtu
  const links = devicesOf(route).flatMap((device) => {
    const link = aftermath.observed.find(linkIdentity(route.namespace, device))
    return link ? [link as Link] : []
  })
  const changed = links.some((link) => {
    const next = nextMtu(link, aftermath)
    return next !== undefined && !(mtu < next && mtu !== link.attributes['mtu'])
  })
  return changed ? null : mtu
}

/** Ports that may give the device of a route another MTU. */
const portsBelow = (route: Route, world: World): readonly string[] =>
  route.family === 'inet' || typeof route.attributes['mtu'] !== 'number'
    ? []
    : devicesOf(route)
        .flatMap((device) => portsOf(route.namespace, device, world))
        .map((port) => linkIdentity(route.namespace, port.name))

const survives = (route: Route, aftermath: Aftermath): Route | undefined => {
  const { namespace } = route
  if (namespace !== '' && aftermath.gone(namespaceIdentity(namespace))) return undefined
  const lost = devicesOf(route).some((device) => {
    if (aftermath.fate(linkIdentity(namespace, device)) !== undefined) return true
    return route.family === 'inet6' && losesIPv6(namespace, device, aftermath)
  })
  if (lost) return undefined
  const { mtu } = route.attributes
  const kept = keptMtu(route, aftermath)
  if (kept !== mtu) return { ...route, attributes: { ...route.attributes, mtu: kept } }
  const left = survivesAddresses(route, aftermath)
  // What is deleted anyway is deleted before the addresses: who knows whether others keep it alive.
  return left !== route && aftermath.gone(routeIdentity(route)) ? route : left
}

/** Whether there is, when all is done, one of these that the kernel did not make. */
const anyRemains = (identities: readonly string[], { remains, observed }: Aftermath): boolean =>
  identities.some((one) => remains(one) && observed.find(one)?.mark !== kernelProtocol)

/** Whether its devices, its source and the way to its gateways are there. */
const restorable = (route: Route, aftermath: Aftermath): boolean => {
  const { namespace, family } = route
  const { src, onlink } = route.attributes
  const worlds = [aftermath.observed, aftermath.desired]
  const serves = (device: string): boolean => {
    const identity = linkIdentity(namespace, device)
    if (!aftermath.remains(identity) || aftermath.fate(identity) === 'down') return false
    return family === 'inet' || !losesIPv6(namespace, device, aftermath)
  }
  const reaches = (gateway: string): boolean =>
    isLinkLocal(gateway) ||
    anyRemains(
      worlds.flatMap((world) => coverings(namespace, gateway, world)),
      aftermath,
    )
  const sources =
    typeof src === 'string' ? worlds.flatMap((world) => sourceAddress(namespace, src, world)) : []
  return (
    devicesOf(route).every(serves) &&
    (typeof src !== 'string' || anyRemains(sources, aftermath)) &&
    (onlink === true || gatewaysOf(route).every(reaches))
  )
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

const isSameIn = (name: string, wanted: Route, found: Route): boolean => {
  const value = wanted.attributes[name]
  return value === undefined || same(name, value, found.attributes[name])
}

/** One that is there already and is not ours is as good, and is left as it is. */
const yieldTo = (route: Route, observed: Route | undefined): Route =>
  route.optional === true && observed && observed.mark !== route.mark
    ? { ...route, attributes: {}, mark: observed.mark }
    : route

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
  state: ({ details = [] }) => details,
  replaces: ({ attribute }, { family, attributes }) => {
    if (family === 'inet') return false
    // IPv6 does not replace a route by one of another type, it adds it beside. And a gateway that is to be on a link
    // must not be reached by another one, as by the route that is to be replaced (ip6_route_check_nh_onlink).
    return attribute === 'type' || (attribute === 'device' && attributes['onlink'] === true)
  },
  requires,
  survives,
  restorable,
  configures: ({ optional }) => optional === true,
  resolve: (route, observed, worlds) => {
    const followed = followGateways(yieldTo(route, observed), observed, worlds)
    return keepDetails(followed, observed, isSameIn)
  },
  steps: routeSteps,
}
