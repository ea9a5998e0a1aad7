import { contains, familyOf, networkOf } from '../net/addresses.ts'
import type { Json } from '../resources/kind.ts'
import type { Address } from '../resources/address.ts'
import type { Route } from '../resources/route/route.ts'
import { inMain } from './scene.ts'
import type { Change } from './scene.ts'
import { lengthOf } from './ways.ts'
import type { Way } from './ways.ts'

/** As much of a route as decides whether packets take it, and where to. */
interface Rival {
  readonly to: string
  readonly metric: number
  readonly via: Json
  /** undefined: the kernel's choice, which is the link of the gateway. */
  readonly device: Json | undefined
}

// What the kernel gives the route of an address: none, and IP6_RT_PRIO_ADDRCONF.
const connectedMetric = { inet: 0, inet6: 256 } as const

const rivalOf = ({ action, after }: Change): Rival | undefined => {
  if (action !== 'create' || after?.namespace !== '') return undefined
  if (after.kind === 'address') {
    const { address, link } = after as Address
    const metric = connectedMetric[familyOf(address)]
    return { to: networkOf(address), metric, via: null, device: link }
  }
  if (after.kind !== 'route' || !inMain(after as Route)) return undefined
  const { to, metric, attributes } = after as Route
  const { via = null, device, type = 'unicast' } = attributes
  return { to, metric, via, device: type === 'unicast' ? device : null }
}

const isSameWay = ({ via, device }: Rival, { attributes }: Route): boolean =>
  via === (attributes['via'] ?? null) &&
  (device === undefined || device === attributes['device']) &&
  !Array.isArray(attributes['nexthops'])

const isPreferred = ({ to, metric }: Rival, route: Route): boolean =>
  lengthOf(to) > lengthOf(route.to) ||
  (lengthOf(to) === lengthOf(route.to) && metric < route.metric)

/** Whether something new leads packets of the way elsewhere, although nothing of it is taken away. */
export const takesOver = (change: Change, { route, client, isUsed }: Way): boolean => {
  const rival = isUsed ? rivalOf(change) : undefined
  if (!rival || familyOf(rival.to) !== route.family) return false
  const goesThere = client === undefined ? rival.to === route.to : contains(rival.to, client)
  return goesThere && isPreferred(rival, route) && !isSameWay(rival, route)
}
