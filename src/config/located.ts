import { spanOf, type Place, type Span } from './source.ts'

/** A value of a configuration that knows where it stands. Aliases share one, so trees may share branches. */
export type Located = LocatedScalar | LocatedMap | LocatedList

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** The text before YAML made a number or boolean of it, without quotes. */
  readonly text: string
  readonly place: Place
  /** Set where `${...}` was substituted: the names, for messages. */
  readonly variables?: readonly string[]
  /** A variable in it has no value: reported already, so that it is no use to look at the value. */
  readonly unresolved?: boolean
}

export interface LocatedEntry {
  readonly key: Place
  readonly value: Located
}

export type LocatedMap =
  GivenMap | Latent<'map', string, LocatedEntry, ReadonlyMap<string, LocatedEntry>>

export type LocatedList = GivenList | Latent<'list', number, Located, readonly Located[]>

interface GivenMap {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, LocatedEntry>
  readonly place: Place
}

interface GivenList {
  readonly kind: 'list'
  readonly items: readonly Located[]
  readonly place: Place
}

/** What is plain from the start, and of which places are made for what is asked for. */
interface Latent<Kind, Key, Child, Children> {
  readonly kind: Kind
  readonly plain: unknown
  readonly place: Place
  readonly child: (key: Key) => Child | undefined
  readonly children: () => Children
  /** Where what is at a path below it stands: with no more made than that. */
  readonly seek: (path: Path) => { readonly key?: Span; readonly value?: Span } | undefined
}

/** A mapping of these entries. It is made anew, and never by a spread of another one, which may be plain data too. */
export const makeMap = (entries: ReadonlyMap<string, LocatedEntry>, place: Place): LocatedMap => ({
  kind: 'map',
  entries,
  place,
})

/** A list of these items. */
export const makeList = (items: readonly Located[], place: Place): LocatedList => ({
  kind: 'list',
  items,
  place,
})

/** All entries of a mapping, in the order of the file. */
export const entriesOf = (map: LocatedMap): ReadonlyMap<string, LocatedEntry> =>
  'entries' in map ? map.entries : map.children()

/** One entry of a mapping: of a large one in much less time than all. */
export const entryAt = (map: LocatedMap, key: string): LocatedEntry | undefined =>
  'entries' in map ? map.entries.get(key) : map.child(key)

/** All items of a list. */
export const itemsOf = (list: LocatedList): readonly Located[] =>
  'items' in list ? list.items : list.children()

/** Keys and positions from the root of a configuration. */
export type Path = readonly (string | number)[]

/** The value at the path, and its key if it is a map's. Numbers in text form find list items too. */
export const findAt = (
  root: Located,
  path: Path,
): { readonly key?: Place; readonly value: Located } | undefined => {
  let found: { readonly key?: Place; readonly value: Located } | undefined = { value: root }
  for (const segment of path) {
    found = found && childOf(found.value, segment)
  }
  return found
}

/** Where the value at the path stands, or its key, if it is a map's: for places that are asked for by the thousand. */
export const seekPlace = (root: Located, path: Path, part: 'key' | 'value'): Place | undefined => {
  let found: { readonly key?: Place; readonly value: Located } | undefined = { value: root }
  for (const [depth, segment] of path.entries()) {
    if ('plain' in found.value) return seekLatent(found.value, path.slice(depth), part)
    found = childOf(found.value, segment)
    if (!found) return undefined
  }
  return part === 'key' && found.key ? found.key : found.value.place
}

const seekLatent = (
  { seek, place: { file } }: Extract<Located, { readonly plain: unknown }>,
  path: Path,
  part: 'key' | 'value',
): Place | undefined => {
  const { key, value } = seek(path) ?? {}
  const span = part === 'key' && key ? key : value
  return span && { file, start: span.start, end: span.end }
}

/** What a missing or unexpected thing at the path is best shown at: its key, or where a list's item starts. */
export const headOf = (root: Located, path: Path): Place => {
  const found = findAt(root, path)
  return found ? (found.key ?? startOf(found.value.place)) : startOf(root.place)
}

/**
 * The plain data: what the schema and the checks look at. Shared branches stay shared, and so does across calls what is
 * in one `seen`.
 */
export const toPlain = (node: Located, seen: Seen = new Map<Located, unknown>()): unknown => {
  if (node.kind === 'scalar') return node.value
  if ('plain' in node) return node.plain
  const known = seen.get(node)
  if (known !== undefined) return known
  const plain = node.kind === 'list' ? plainList(node, seen) : plainMap(node, seen)
  seen.set(node, plain)
  return plain
}

/** What is plain already. */
export interface Seen {
  get(node: Located): unknown
  set(node: Located, plain: unknown): unknown
}

const childOf = (
  node: Located,
  segment: string | number,
): { readonly key?: Place; readonly value: Located } | undefined => {
  if (node.kind === 'scalar') return undefined
  if (node.kind === 'map') return entryAt(node, String(segment))
  const item = 'items' in node ? node.items[Number(segment)] : node.child(Number(segment))
  return item && { value: item }
}

const startOf = (place: Place): Place => {
  const { start } = spanOf(place)
  return { file: place.file, start, end: start + 1 }
}

const plainList = (node: GivenList, seen: Seen): unknown =>
  node.items.map((item) => toPlain(item, seen))

// Object.fromEntries makes an own property even of `__proto__`.
const plainMap = (node: GivenMap, seen: Seen): unknown =>
  Object.fromEntries(
    [...node.entries].map(([key, entry]) => [key, toPlain(entry.value, seen)] as const),
  )
