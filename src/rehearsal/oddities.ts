import type { Resource } from '../resources/kind.ts'
import { linkIdentity } from '../resources/link/link.ts'
import type { Link } from '../resources/link/link.ts'
import { nexthopObject } from '../resources/route/details.ts'
import { routeIdentity } from '../resources/route/route.ts'
import type { Route } from '../resources/route/route.ts'
import type { LeftOut } from './stand-ins.ts'

const oddityOfRoute = (route: Route): string | undefined => {
  const { oddities = [] } = route
  const object = nexthopObject(route)
  if (object !== undefined) return `it goes by nexthop object ${object}, which is not copied`
  return oddities.length === 0 ? undefined : `it is there without ${oddities.join(', ')}`
}

const describe = (one: Resource): LeftOut | undefined => {
  if (one.kind === 'route') {
    const why = oddityOfRoute(one as Route)
    return why === undefined ? undefined : { what: routeIdentity(one as Route), why }
  }
  if (one.kind !== 'link' || one.attributes['vlanFiltering'] !== true) return undefined
  const { namespace, name } = one as Link
  const bridge = linkIdentity(namespace, name).replace('link', 'bridge')
  return { what: `VLANs of the ports of ${bridge}`, why: 'they are not read' }
}

/** What is in the copy, and not in every respect as on the node. */
export const describeOddities = (observed: readonly Resource[]): readonly LeftOut[] =>
  observed.flatMap((one) => describe(one) ?? [])
