import {
  entriesOf,
  findAt,
  itemsOf,
  makeList,
  makeMap,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type Path,
} from '../located.ts'
import type { Place } from '../source.ts'
import { locateValue } from './locate.ts'
import type { Piece } from './piece.ts'

/** Where the origin of a piece stands: its key; of what is not there, that of what is above it. */
const placeOf = (root: Located, origin: Path): Place => {
  const found = findAt(root, origin)
  if (found) return found.key ?? found.value.place
  return placeOf(root, origin.slice(0, -1))
}

const uniteEntries = (
  weaker: LocatedMap,
  stronger: LocatedMap,
  uniteAt: (key: string, weaker: Located, stronger: Located) => Located,
): LocatedMap => {
  const entries = new Map<string, LocatedEntry>(entriesOf(weaker))
  for (const [key, { key: place, value }] of entriesOf(stronger)) {
    const earlier = entries.get(key)
    entries.set(key, { key: place, value: earlier ? uniteAt(key, earlier.value, value) : value })
  }
  return makeMap(entries, stronger.place)
}

/** Two values as one: mappings united, lists joined, and of two scalars the stronger. */
const unite = (weaker: Located, stronger: Located, isFirst: boolean): Located => {
  if (weaker.kind === 'list' && stronger.kind === 'list') {
    const both = isFirst ? [stronger, weaker] : [weaker, stronger]
    return makeList(both.flatMap(itemsOf), stronger.place)
  }
  if (weaker.kind !== 'map' || stronger.kind !== 'map') return stronger
  return uniteEntries(weaker, stronger, (_, one, other) => unite(one, other, isFirst))
}

/**
 * Two configurations as one, section by section. The first entry of `forwarding` that fits decides: there the
 * stronger ones come first.
 */
export const uniteSections = (weaker: LocatedMap, stronger: LocatedMap): LocatedMap =>
  uniteEntries(weaker, stronger, (section, one, other) =>
    unite(one, other, section === 'forwarding'),
  )

/** A mapping or list that is still growing. */
type Sprout =
  | { readonly kind: 'map'; readonly entries: Map<string, LocatedEntry>; readonly place: Place }
  | { readonly kind: 'list'; readonly items: Located[]; readonly place: Place }

const sproutOf = (value: Located, place: Place): Sprout | undefined => {
  if (value.kind === 'scalar') return undefined
  return value.kind === 'map'
    ? { kind: 'map', entries: new Map(), place }
    : { kind: 'list', items: [], place }
}

const located = new WeakMap<Piece, Located>()

/** The value of a piece with its place: once, for a piece that many nodes share. */
const locatePiece = (root: LocatedMap, piece: Piece): Located => {
  const known = located.get(piece)
  if (known) return known
  const value = locateValue(piece.value, placeOf(root, piece.origin))
  located.set(piece, value)
  return value
}

const keys = new WeakMap<Path, string>()

/** A path as the key of a map: once, for the path of a piece that many nodes share. */
const keyOf = (path: Path): string => {
  const known = keys.get(path)
  if (known !== undefined) return known
  const key = JSON.stringify(path)
  keys.set(path, key)
  return key
}

/** Pieces as one configuration, each with the place of what asks for it. */
export const plant = (root: LocatedMap, pieces: readonly Piece[]): LocatedMap => {
  const tree = { kind: 'map' as const, entries: new Map<string, LocatedEntry>(), place: root.place }
  const sprouts = new Map<string, Sprout>([['[]', tree]])
  /** What grows at a path; it grows from what is above. */
  const at = (path: Path, value: Located): Sprout | undefined => {
    const key = keyOf(path)
    const there = sprouts.get(key)
    if (there) return there
    const known = sproutOf(value, value.place)
    if (!known) return undefined
    sprouts.set(key, known)
    put(path, known)
    return known
  }
  const put = (path: Path, value: Located): void => {
    const above = at(path.slice(0, -1), { kind: 'map', entries: new Map(), place: value.place })
    if (above?.kind === 'map') above.entries.set(String(path.at(-1)), { key: value.place, value })
  }
  const grow = (path: Path, value: Located): void => {
    const sprout = at(path, value)
    if (value.kind === 'scalar') put(path, value)
    else if (value.kind === 'list' && sprout?.kind === 'list') sprout.items.push(...itemsOf(value))
    else if (value.kind === 'map') {
      for (const [key, entry] of entriesOf(value)) grow([...path, key], entry.value)
    }
  }
  for (const piece of pieces) grow(piece.path, locatePiece(root, piece))
  return tree
}
