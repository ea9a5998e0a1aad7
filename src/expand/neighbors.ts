import type { Neighbor as NeighborConfig } from '../config/config.ts'
import { canonicalAddress } from '../net/addresses.ts'
import type { Neighbor } from '../resources/neighbor.ts'
import type { Context, Place } from './context.ts'

export const expandNeighbors = (
  context: Context,
  neighbors: readonly NeighborConfig[],
  place: Place,
): readonly Neighbor[] =>
  neighbors.map(({ address, mac, proxy, adopt }, index) => ({
    kind: 'neighbor',
    namespace: place.namespace,
    link: place.name,
    address: canonicalAddress(address),
    proxy: proxy === true,
    attributes: proxy === true ? {} : { mac: mac?.toLowerCase() },
    mark: context.owner.id,
    adopt,
    source: context.locate([...place.path, 'neighbors', index]),
  }))
