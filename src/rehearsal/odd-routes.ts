import type { Resource } from '../resources/kind.ts'
import { nexthopObject } from '../resources/route/details.ts'
import { routeIdentity } from '../resources/route/route.ts'
import type { Route } from '../resources/route/route.ts'
import type { LeftOut } from './stand-ins.ts'

const whyOf = (route: Route): string | undefined => {
  const { oddities = [] } = route
  const object = nexthopObject(route)
  if (object !== undefined) return `it goes by nexthop object ${object}, which is not copied`
  return oddities.length === 0 ? undefined : `it is there without ${oddities.join(', ')}`
}

/** Routes that are not in every respect as on the node. */
export const describeOddRoutes = (observed: readonly Resource[]): readonly LeftOut[] =>
  observed.flatMap((one): readonly LeftOut[] => {
    if (one.kind !== 'route') return []
    const why = whyOf(one as Route)
    return why === undefined ? [] : [{ what: routeIdentity(one as Route), why }]
  })
