import type { Neighbor as Entry } from '../config/config.ts'
import type { Link } from '../resources/link/link.ts'
import type { Neighbor } from '../resources/neighbor.ts'
import type { Entries } from './draft.ts'
import { compareNames } from '../net/order.ts'
import { entry, gather, omit } from './draft.ts'
import { allIn, judge, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'

const entryOf = (neighbor: Neighbor, scene: Scene): Entries<Entry> => {
  const verdict = judge(neighbor, scene)
  if (!verdict.taken) return omit(titleOf(neighbor), verdict.why)
  const { address, proxy, attributes } = neighbor
  if (proxy) return entry({ address, proxy })
  const { mac } = attributes
  return typeof mac === 'string'
    ? entry({ address, mac })
    : omit(titleOf(neighbor), 'it has no MAC address')
}

/** The static neighbours of a link. */
export const neighborsOf = (link: Link, scene: Scene): Entries<Entry> =>
  gather(
    allIn<Neighbor>(scene, 'neighbor', link.namespace)
      .filter((one) => one.link === link.name)
      .toSorted((a, b) => compareNames(a.address, b.address))
      .map((one) => entryOf(one, scene)),
  )
