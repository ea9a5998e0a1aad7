import type { Family } from '../../net/addresses.ts'
import type { Resource } from '../kind.ts'
import { inside } from '../kind.ts'

/** A route; its identity is what the kernel tells two routes apart by (N-63). */
export interface Route extends Resource {
  readonly kind: 'route'
  readonly family: Family
  /** With prefix length, as in 0.0.0.0/0. */
  readonly to: string
  readonly table: number
  readonly metric: number
  /** Desired: any route will do that is there already; it stays whose it is. */
  readonly optional?: boolean
  /** Observed: which packets it is for, where not all take it, as `ip` takes it. */
  readonly selector?: readonly string[]
  /** Observed: of a twin that only `append` makes, what else tells it apart. */
  readonly twin?: number | undefined
  /** What else somebody gave it, as `ip` takes it: no file says it, and what is adopted keeps it. */
  readonly details?: readonly string[]
  /** Observed: what it has that cannot be given again. */
  readonly oddities?: readonly string[]
}

/** Next hops as `nexthops` holds them. */
export interface Nexthop {
  readonly via?: string
  readonly device?: string
  readonly weight: number
  readonly onlink: boolean
}

export const mainTable = 254

/** What the kernel takes where no metric is given: IP6_RT_PRIO_USER for IPv6. */
export const defaultMetric = (family: Family): number => (family === 'inet' ? 0 : 1024)

export const routeIdentity = (route: Route): string => {
  const { namespace, family, to, table, metric, twin, selector = [] } = route
  const destination = to === '0.0.0.0/0' ? 'default' : to
  const where = table === mainTable ? '' : ` table ${String(table)}`
  const rank = metric === defaultMetric(family) ? '' : ` metric ${String(metric)}`
  const which = twin === undefined ? '' : ` twin ${String(twin)}`
  const whose = selector.length === 0 ? '' : ` ${selector.join(' ')}`
  return `route ${destination}${whose}${where}${rank}${which}${inside(namespace)}`
}

export const hopsOf = ({ attributes: { nexthops } }: Resource): readonly Nexthop[] =>
  Array.isArray(nexthops) ? (nexthops as readonly unknown[] as readonly Nexthop[]) : []

/** The devices that a route names itself. */
export const devicesOf = (route: Route): readonly string[] => {
  const { device } = route.attributes
  const own = typeof device === 'string' ? [device] : []
  const { nexthops } = route.attributes
  if (!nexthops) return own
  return [...own, ...hopsOf(route).flatMap((hop) => (hop.device === undefined ? [] : [hop.device]))]
}

export const gatewaysOf = (route: Route): readonly string[] => {
  const { via } = route.attributes
  const own = typeof via === 'string' ? [via] : []
  return [...own, ...hopsOf(route).flatMap((hop) => (hop.via === undefined ? [] : [hop.via]))]
}
