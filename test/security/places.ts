// Where in a configuration a person may write free text: read off the schema, so that no section is
// forgotten that is added later.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run.ts'

export type Tree =
  string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree }
type Mapping = Readonly<Record<string, Tree>>

interface Schema {
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly const?: number
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly propertyNames?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly definitions?: Readonly<Record<string, Schema>>
}

const schema = JSON.parse(readFileSync(join(root, 'schemas/netplan.schema.json'), 'utf8')) as Schema

/** A node of the schema with what it refers to. */
const resolve = (node: Schema): Schema => {
  const { $ref, allOf, ...own } = node
  const inherited = [
    ...($ref === undefined ? [] : [schema.definitions?.[$ref.split('/').at(-1) ?? ''] ?? {}]),
    ...(allOf ?? []),
  ].map(resolve)
  return Object.assign({}, ...inherited, own) as Schema
}

/** A step of a way into a configuration: a property, any key of a map, any item of a list. */
type Way = string | { readonly any: 'key' | 'item' }

export interface FreeText {
  readonly way: readonly Way[]
  /** A key of a map, the last of the way, or a value. */
  readonly part: 'key' | 'value'
  readonly title: string
}

const titleOf = (way: readonly Way[], part: 'key' | 'value'): string =>
  way.map((one) => (typeof one === 'string' ? one : one.any === 'key' ? '*' : '[]')).join('.') +
  (part === 'key' ? ' (key)' : '')

const isText = ({ type, enum: words }: Schema): boolean =>
  [type].flat().includes('string') && words === undefined

const list = (node: Schema, way: readonly Way[]): readonly FreeText[] => {
  const {
    anyOf = [],
    properties = {},
    additionalProperties: any,
    propertyNames,
    items,
    ...rest
  } = resolve(node)
  const open = typeof any === 'object' ? any : undefined
  const key: readonly Way[] = [...way, { any: 'key' }]
  const found = (at: readonly Way[], part: 'key' | 'value'): FreeText => ({
    way: at,
    part,
    title: titleOf(at, part),
  })
  return [
    ...(isText(rest) ? [found(way, 'value')] : []),
    ...anyOf.flatMap((one) => list(one, way)),
    ...Object.entries(properties).flatMap(([name, one]) => list(one, [...way, name])),
    ...(open && propertyNames ? [found(key, 'key')] : []),
    ...(open ? list(open, key) : []),
    ...(items ? list(items, [...way, { any: 'item' }]) : []),
  ]
}

/** Every place of the schema where text may stand that is no word of a list. */
export const freeTexts: readonly FreeText[] = list(schema, [])

const samples: Readonly<Record<string, string>> = {
  'ip-prefix': '10.77.0.0/16',
  'ip-interface': '10.77.0.1/24',
  ip: '10.77.0.1',
}

/** The least that a node of the schema takes. */
const least = (node: Schema): Tree => {
  const { type, enum: words, const: fixed, anyOf, minimum, format, ...rest } = resolve(node)
  const [first] = words ?? []
  if (first !== undefined) return first
  if (fixed !== undefined) return fixed
  if (anyOf?.[0]) return least(anyOf[0])
  const kind = [type].flat()[0]
  if (kind === 'integer' || kind === 'number') return minimum ?? 1
  if (kind === 'boolean') return true
  if (kind === 'array') return []
  if (kind === 'string') return samples[format ?? ''] ?? 'x'
  const { required = [], properties = {} } = rest
  return Object.fromEntries(required.map((name) => [name, least(properties[name] ?? {})]))
}

const isMapping = (tree: Tree | undefined): tree is Mapping =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree)

/** The alternative of a node that has such a step. */
const alternative = (node: Schema, step: Way): Schema => {
  const resolved = resolve(node)
  const all = [resolved, ...(resolved.anyOf ?? []).map(resolve)]
  return (
    all.find(({ properties = {} }) => typeof step === 'string' && step in properties) ?? resolved
  )
}

interface Planting {
  /** Which of the keys or items that are there. */
  readonly pick: number
  change(text: string): string
}

const setKey = (map: Mapping, from: string, to: string, value: Tree): Mapping => {
  const kept = Object.entries(map).map(([key, one]): [string, Tree] =>
    key === from ? [to, value] : [key, one],
  )
  return Object.fromEntries(Object.hasOwn(map, from) ? kept : [...kept, [to, value]])
}

/** The tree with the text at a place changed; what is missing on the way there is made. */
const plantAt = (
  node: Schema,
  tree: Tree | undefined,
  { way: [step, ...way], part, title }: FreeText,
  planting: Planting,
): Tree => {
  const { pick, change } = planting
  if (step === undefined) {
    const text = tree === undefined || typeof tree === 'object' ? least(node) : tree
    return change(typeof text === 'object' ? '' : String(text))
  }
  const here = alternative(node, step)
  const rest = { way, part, title }
  if (typeof step === 'object' && step.any === 'item') {
    const items = Array.isArray(tree) ? (tree as readonly Tree[]) : []
    const at = items.length === 0 ? 0 : pick % items.length
    const changed = plantAt(here.items ?? {}, items[at], rest, planting)
    return [...items.slice(0, at), changed, ...items.slice(at + 1)]
  }
  const map = isMapping(tree) ? tree : (least(here) as Mapping)
  if (typeof step === 'string') {
    const child = here.properties?.[step] ?? {}
    return { ...map, [step]: plantAt(child, map[step], rest, planting) }
  }
  const keys = Object.keys(map)
  const key = keys[pick % Math.max(1, keys.length)] ?? 'x0'
  const child = here.additionalProperties as Schema
  if (part === 'key' && way.length === 0)
    return setKey(map, key, change(key), map[key] ?? least(child))
  return setKey(map, key, key, plantAt(child, map[key], rest, planting))
}

export const plant = (config: Mapping, place: FreeText, planting: Planting): Mapping =>
  plantAt(schema, config, place, planting) as Mapping

/** Every text of a tree, keys too, once. */
export const textsOf = (tree: Tree): readonly string[] => {
  if (typeof tree === 'string') return [tree]
  if (Array.isArray(tree)) return [...new Set((tree as readonly Tree[]).flatMap(textsOf))]
  if (!isMapping(tree)) return []
  return [...new Set(Object.entries(tree).flatMap(([key, one]) => [key, ...textsOf(one)]))]
}

/** A tree in which one text is another, wherever it stands alone: so references still lead somewhere. */
export const rename = (tree: Tree, from: string, to: string): Tree => {
  if (typeof tree === 'string') return tree === from ? to : tree
  if (Array.isArray(tree)) return (tree as readonly Tree[]).map((one) => rename(one, from, to))
  if (!isMapping(tree)) return tree
  return Object.fromEntries(
    Object.entries(tree).map(([key, one]) => [key === from ? to : key, rename(one, from, to)]),
  )
}
