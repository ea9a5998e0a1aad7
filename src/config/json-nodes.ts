import { findItem, findItems, findMember, findMembers, type Member } from './json-text.ts'
import type {
  Located,
  LocatedEntry,
  LocatedList,
  LocatedMap,
  LocatedScalar,
  Path,
} from './located.ts'
import { spanOf, type Place, type SourceFile, type Span } from './source.ts'

/** What `JSON.parse` makes of a text. */
export type Json = string | number | boolean | null | Json[] | JsonMap
export interface JsonMap {
  [key: string]: Json
}

/** A text, and where the parts of those of its values stand that were asked for. */
interface JsonFile {
  readonly file: SourceFile
  readonly members: Map<JsonMap, ReadonlyMap<string, Member>>
  readonly items: Map<Json[], readonly Span[]>
}

const membersOf = ({ file, members }: JsonFile, plain: JsonMap, start: number) => {
  const known = members.get(plain)
  if (known) return known
  const found = findMembers(file.text, start)
  members.set(plain, found)
  return found
}

const itemsOf = ({ file, items }: JsonFile, plain: Json[], start: number) => {
  const known = items.get(plain)
  if (known) return known
  const found = findItems(file.text, start)
  items.set(plain, found)
  return found
}

/** What is found within so many characters is looked for each time; else all beside it is kept. */
const NEAR = 1024

const memberOf = (json: JsonFile, plain: JsonMap, start: number, name: string) => {
  const known = json.members.get(plain)
  if (known) return known.get(name)
  const member = findMember(json.file.text, start, name)
  if (member && member.value.end - start > NEAR) membersOf(json, plain, start)
  return member
}

const itemOf = (json: JsonFile, plain: Json[], start: number, index: number) => {
  const known = json.items.get(plain)
  if (known) return known[index]
  const item = findItem(json.file.text, start, index)
  if (item && item.end - start > NEAR) itemsOf(json, plain, start)
  return item
}

/** Where the value at a path stands, and its key: with no more made than that. */
const seek = (
  json: JsonFile,
  root: Json,
  start: number,
  path: Path,
): Partial<Member> | undefined => {
  let plain = root
  let found: Partial<Member> | undefined
  let at = start
  for (const segment of path) {
    if (typeof plain !== 'object' || plain === null) return undefined
    if (Array.isArray(plain)) {
      const index = Number(segment)
      const value = itemOf(json, plain, at, index)
      found = value && { value }
      plain = plain[index] ?? null
    } else {
      const name = String(segment)
      found = Object.hasOwn(plain, name) ? memberOf(json, plain, at, name) : undefined
      plain = plain[name] ?? null
    }
    if (!found?.value) return undefined
    at = found.value.start
  }
  return found
}

const seekIn = (json: JsonFile, plain: Json, place: Place) => (path: Path) =>
  seek(json, plain, spanOf(place).start, path)

const locateScalar = (value: LocatedScalar['value'], place: Place): LocatedScalar => {
  if (typeof value === 'string') return { kind: 'scalar', value, text: value, place }
  const { start, end } = spanOf(place)
  return { kind: 'scalar', value, text: place.file.text.slice(start, end), place }
}

const locateList = (json: JsonFile, plain: Json[], place: Place): LocatedList => {
  const { file } = json
  const child = (index: number): Located | undefined => {
    const item = plain[index]
    if (item === undefined) return undefined
    const find = (): Span => itemOf(json, plain, spanOf(place).start, index) ?? spanOf(place)
    return locate(json, item, { file, find })
  }
  const children = (): readonly Located[] => plain.flatMap((_, index) => child(index) ?? [])
  return { kind: 'list', plain, place, child, children, seek: seekIn(json, plain, place) }
}

/** An object has names that are numbers before the others, whatever their order in the text. */
const isOrdered = (names: readonly string[]): boolean => !/^\d/.test(names[0] ?? '')

const locateMap = (json: JsonFile, plain: JsonMap, place: Place): LocatedMap => {
  const { file } = json
  const child = (name: string): LocatedEntry | undefined => {
    const value = Object.hasOwn(plain, name) ? plain[name] : undefined
    if (value === undefined) return undefined
    const member = () => memberOf(json, plain, spanOf(place).start, name)
    const find = (part: 'key' | 'value') => () => member()?.[part] ?? spanOf(place)
    return {
      key: { file, find: find('key') },
      value: locate(json, value, { file, find: find('value') }),
    }
  }
  const children = (): ReadonlyMap<string, LocatedEntry> => {
    const names = Object.keys(plain)
    const ordered = isOrdered(names)
      ? names
      : [...membersOf(json, plain, spanOf(place).start).keys()]
    return new Map(
      ordered.flatMap((name) => {
        const entry = child(name)
        return entry ? [[name, entry] as const] : []
      }),
    )
  }
  return { kind: 'map', plain, place, child, children, seek: seekIn(json, plain, place) }
}

const locate = (json: JsonFile, plain: Json, place: Place): Located => {
  if (typeof plain !== 'object' || plain === null) return locateScalar(plain, place)
  return Array.isArray(plain) ? locateList(json, plain, place) : locateMap(json, plain, place)
}

/** What `JSON.parse` made of a file, with places: the text is looked at again only for what is asked for. */
export const locateJson = (file: SourceFile, plain: JsonMap, span: Span): LocatedMap =>
  locateMap({ file, members: new Map(), items: new Map() }, plain, { file, ...span })
