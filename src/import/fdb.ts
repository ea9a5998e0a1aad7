import type { FdbEntry } from '../config/config.ts'
import { floodMac } from '../resources/fdb.ts'
import type { Fdb } from '../resources/fdb.ts'
import type { Link } from '../resources/link/link.ts'
import { compareNames } from '../net/order.ts'
import { defined } from './draft.ts'
import { allIn, isTaken } from './scene.ts'
import type { Scene } from './scene.ts'

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

const entryOf = ({ mac, remote, attributes }: Fdb): FdbEntry =>
  defined({ mac, remote, port: numberOf(attributes['port']), vni: numberOf(attributes['vni']) })

const keyOf = ({ mac, remote = '' }: Fdb): string => `${mac} ${remote}`

const entriesOf = (link: Link, scene: Scene): readonly Fdb[] =>
  allIn<Fdb>(scene, 'fdb', link.namespace)
    .filter((one) => one.link === link.name && isTaken(one, scene))
    .toSorted((a, b) => compareNames(keyOf(a), keyOf(b)))

/** Of a port of a bridge, what is pinned to it. */
export const portEntries = (link: Link, scene: Scene): readonly FdbEntry[] =>
  entriesOf(link, scene)
    .filter(({ remote }) => remote === undefined)
    .map(entryOf)

/** Flooded to as every endpoint is: by the port and the network of the device. */
const isPlainFlood = ({ mac, attributes }: Fdb): boolean =>
  mac === floodMac && attributes['port'] === null && attributes['vni'] === null

/** Where a tunnel floods to, and what it knows of single MAC addresses. */
export const tunnelEntries = (
  link: Link,
  scene: Scene,
): { readonly remotes: readonly string[]; readonly fdb: readonly FdbEntry[] } => {
  const all = entriesOf(link, scene).filter(({ remote }) => remote !== undefined)
  const { group } = link.attributes
  // What the group makes by itself.
  const rest = all.filter((one) => !(isPlainFlood(one) && one.remote === group))
  const floods = typeof group === 'string' ? [] : rest.filter(isPlainFlood)
  return {
    remotes: floods.map(({ remote = '' }) => remote),
    fdb: rest.filter((one) => !floods.includes(one)).map(entryOf),
  }
}
