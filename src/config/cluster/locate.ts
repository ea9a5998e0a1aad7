import {
  entriesOf,
  entryAt,
  itemsOf,
  makeList,
  makeMap,
  type Located,
  type LocatedEntry,
  type LocatedMap,
} from '../located.ts'
import type { Place } from '../source.ts'
import type { Plain } from './piece.ts'

/** A value that was made, as if it stood at the place of what it was made from. */
export const locateValue = (value: Plain, place: Place): Located => {
  if (Array.isArray(value)) {
    return makeList(
      value.map((item: Plain) => locateValue(item, place)),
      place,
    )
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[key, { key: place, value: locateValue(item, place) }] as const],
    )
    return makeMap(new Map(entries), place)
  }
  return { kind: 'scalar', value, text: String(value), place }
}

/** The value of a key. */
export const entryOf = (node: Located, key: string): Located | undefined =>
  node.kind === 'map' ? entryAt(node, key)?.value : undefined

/** A mapping with other values at some of its keys. */
export const withEntries = (
  map: LocatedMap,
  values: Readonly<Record<string, Located>>,
): LocatedMap => {
  const entries = new Map<string, LocatedEntry>(entriesOf(map))
  for (const [key, value] of Object.entries(values)) {
    entries.set(key, { key: entries.get(key)?.key ?? value.place, value })
  }
  return makeMap(entries, map.place)
}

/** A list with each item replaced by any number of others. */
export const mapItems = (
  node: Located,
  change: (item: Located, index: number) => readonly Located[],
): Located => (node.kind === 'list' ? makeList(itemsOf(node).flatMap(change), node.place) : node)
