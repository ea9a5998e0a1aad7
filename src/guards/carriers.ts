import { contains, networkOf } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import { addressKind } from '../resources/address.ts'
import { devicesOf, gatewaysOf, hopsOf, routeIdentity } from '../resources/route/route.ts'
import type { Nexthop, Route } from '../resources/route/route.ts'
import { sysctlIdentity } from '../resources/sysctl.ts'
import { findBelow } from './below.ts'
import { addressesIn, hostOf } from './scene.ts'
import type { Scene } from './scene.ts'
import type { Way } from './ways.ts'

/** What an object is to a way; the first of these says the most. */
export const roles = [
  'is',
  'carries',
  'leads to the gateway of',
  'may carry',
  'takes away',
  'may take away',
  'takes over',
] as const

export type Role = (typeof roles)[number]

/** Objects without which a way is lost: when all of them go. */
export interface Carrier {
  readonly identities: readonly string[]
  readonly role: Role
}

/** A route of the kernel's goes with the address that it comes from. */
const kernelProtocol = 2

const identify = (addresses: readonly Address[]): readonly string[] =>
  addresses.map((address) => addressKind.identity(address))

const carryAll = (
  names: readonly string[],
  targets: readonly string[],
  scene: Scene,
): readonly Carrier[] =>
  names.flatMap((name) =>
    [...findBelow(name, targets, scene)].map(([identity, isSure]) => ({
      identities: [identity],
      role: isSure ? ('carries' as const) : ('may carry' as const),
    })),
  )

/** The gateways of a route, each with its device. */
const hopsTo = (route: Route): readonly Nexthop[] => {
  const { via, device, onlink } = route.attributes
  const own =
    typeof via === 'string' && typeof device === 'string'
      ? [{ via, device, weight: 1, onlink: onlink === true }]
      : []
  return [...own, ...hopsOf(route)]
}

/** What says that the gateway is on that link: an address there, or a route straight to it. */
const reachesGateway = ({ via, device, onlink }: Nexthop, scene: Scene): readonly string[] => {
  if (via === undefined || onlink) return []
  const addresses = addressesIn(scene, '').filter(
    (one) => one.link === device && contains(networkOf(one.address), via),
  )
  const routes = scene.routes.filter(
    (one) =>
      one.mark !== kernelProtocol &&
      one.attributes['device'] === device &&
      gatewaysOf(one).length === 0 &&
      contains(one.to, via),
  )
  return [...identify(addresses), ...routes.map(routeIdentity)]
}

/** The addresses that the kernel made a route for. */
const originsOf = ({ to, mark, attributes: { device } }: Route, scene: Scene): readonly string[] =>
  mark === kernelProtocol
    ? identify(
        addressesIn(scene, '').filter(
          (one) => one.link === device && networkOf(one.address) === to,
        ),
      )
    : []

const advertisedProtocol = 9

const switches = (route: Route, parameter: string, role: Role): readonly Carrier[] =>
  ['all', ...devicesOf(route)].map((device) => ({
    identities: [sysctlIdentity('', `net/ipv6/conf/${device}/${parameter}`)],
    role,
  }))

/**
 * Parameters that end IPv6, with addresses that are nobody's to plan; and those that make a router of the
 * node, which forgets what routers told it (rt6_purge_dflt_routers, unless accept_ra is 2).
 */
const switchesOf = (route: Route): readonly Carrier[] =>
  route.family === 'inet'
    ? []
    : [
        ...switches(route, 'disable_ipv6', 'takes away'),
        ...(route.mark === advertisedProtocol
          ? switches(route, 'forwarding', 'may take away')
          : []),
      ]

/** Everything that a way takes. */
export const findCarriers = (way: Way, scene: Scene): readonly Carrier[] => {
  const { route, client, server, isRoute } = way
  const own = addressesIn(scene, '').filter((one) => hostOf(one) === server)
  const targets = [...gatewaysOf(route), ...(client === undefined ? [] : [client])]
  const links = new Set([...devicesOf(route), ...own.map(({ link }) => link)])
  const gateways = hopsTo(route).map((hop) => ({
    identities: reachesGateway(hop, scene),
    role: 'leads to the gateway of' as const,
  }))
  const found: readonly Carrier[] = [
    { identities: [routeIdentity(route)], role: isRoute ? 'is' : 'carries' },
    { identities: identify(own), role: 'carries' },
    { identities: originsOf(route, scene), role: 'carries' },
    ...carryAll([...links], targets, scene),
    ...gateways,
    ...switchesOf(route),
  ]
  return found.filter(({ identities }) => identities.length > 0)
}
