import { findItems, findMembers } from './json-text.ts'
import type { Located, LocatedEntry, LocatedList, LocatedMap, LocatedScalar } from './located.ts'
import { spanOf, type Place, type SourceFile } from './source.ts'

/** What `JSON.parse` makes of a text. */
export type Json = string | number | boolean | null | Json[] | JsonMap
export interface JsonMap {
  [key: string]: Json
}

/** What is asked for again is not made again. */
const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** What is asked for with the same key again is not made again. */
const onceEach = <K, T>(make: (key: K) => T | undefined): ((key: K) => T | undefined) => {
  const made = new Map<K, T>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    if (value !== undefined) made.set(key, value)
    return value
  }
}

const locateScalar = (value: LocatedScalar['value'], place: Place): LocatedScalar => {
  if (typeof value === 'string') return { kind: 'scalar', value, text: value, place }
  const { start, end } = spanOf(place)
  return { kind: 'scalar', value, text: place.file.text.slice(start, end), place }
}

const locateList = (file: SourceFile, plain: Json[], place: Place): LocatedList => {
  const spans = once(() => findItems(file.text, spanOf(place).start))
  const child = onceEach((index: number): Located | undefined => {
    const item = plain[index]
    if (item === undefined) return undefined
    return locateJson(item, { file, find: () => spans()[index] ?? spanOf(place) })
  })
  const children = once(() => plain.flatMap((_, index) => child(index) ?? []))
  return { kind: 'list', plain, place, child, children }
}

/** An object has names that are numbers before the others, whatever their order in the text. */
const isOrdered = (names: readonly string[]): boolean => !/^\d/.test(names[0] ?? '')

const locateMap = (file: SourceFile, plain: JsonMap, place: Place): LocatedMap => {
  const members = once(() => findMembers(file.text, spanOf(place).start))
  const child = onceEach((name: string): LocatedEntry | undefined => {
    const value = Object.hasOwn(plain, name) ? plain[name] : undefined
    if (value === undefined) return undefined
    const find = (part: 'key' | 'value') => () => members().get(name)?.[part] ?? spanOf(place)
    return {
      key: { file, find: find('key') },
      value: locateJson(value, { file, find: find('value') }),
    }
  })
  const children = once(() => {
    const names = Object.keys(plain)
    const ordered = isOrdered(names) ? names : [...members().keys()]
    return new Map(
      ordered.flatMap((name) => {
        const entry = child(name)
        return entry ? [[name, entry] as const] : []
      }),
    )
  })
  return { kind: 'map', plain, place, child, children }
}

/** A value of a JSON text with its place: the text is looked at again only for what is asked for. */
export const locateJson = (plain: Json, place: Place): Located => {
  const { file } = place
  if (typeof plain !== 'object' || plain === null) return locateScalar(plain, place)
  return Array.isArray(plain) ? locateList(file, plain, place) : locateMap(file, plain, place)
}
