import type { Json, Worlds } from '../kind.ts'
import { deviceTowards } from '../reach.ts'
import { hopsOf } from './route.ts'
import type { Route } from './route.ts'

/** A gateway and the device to it, of which a route may have several. */
interface Hop {
  readonly via?: Json | undefined
  readonly device?: Json | undefined
}

/**
 * A device that is not declared is the kernel's choice, once: the route stays on it when the
 * gateway's subnet moves to another link. So it is declared where it has to change.
 */
export const followGateways = (
  route: Route,
  observed: Route | undefined,
  worlds: Worlds,
): Route => {
  if (!observed) return route
  const follow = <H extends Hop>(hop: H, had: Json | undefined): H => {
    const undeclared = hop.device === undefined && typeof had === 'string'
    if (!undeclared || typeof hop.via !== 'string') return hop
    const device = deviceTowards(route.namespace, hop.via, worlds)
    return device === undefined || device === had ? hop : { ...hop, device }
  }
  const attributes = follow(route.attributes, observed.attributes['device'])
  const hops = hopsOf(route).map((hop) =>
    follow(hop, hopsOf(observed).find(({ via }) => via === hop.via)?.device),
  )
  if (hops.length === 0) return attributes === route.attributes ? route : { ...route, attributes }
  return { ...route, attributes: { ...attributes, nexthops: hops as unknown as Json } }
}
