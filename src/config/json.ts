import { parseTree, type Node, type ParseError } from 'jsonc-parser'
import type { Located, LocatedEntry } from './located.ts'
import type { Place, SourceFile } from './source.ts'

/** What is not quite JSON is read as YAML, of which JSON is a part, and which says what is wrong. */
class NotJson extends Error {}

/** Half of a surrogate pair is text to JSON, and to nothing else. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && !/\p{Surrogate}/u.test(value)

const placeOf = (file: SourceFile, { offset, length }: Node): Place => ({
  file,
  start: offset,
  end: Math.max(offset + length, offset + 1),
})

const locateObject = (file: SourceFile, node: Node): Located => {
  const entries = new Map<string, LocatedEntry>()
  for (const { children: [key, value] = [] } of node.children ?? []) {
    const name = key?.value as unknown
    if (!key || !value || !isText(name) || entries.has(name)) throw new NotJson()
    entries.set(name, { key: placeOf(file, key), value: locate(file, value) })
  }
  return { kind: 'map', entries, place: placeOf(file, node) }
}

const locate = (file: SourceFile, node: Node): Located => {
  const place = placeOf(file, node)
  if (node.type === 'object') return locateObject(file, node)
  if (node.type === 'array') {
    return { kind: 'list', items: (node.children ?? []).map((item) => locate(file, item)), place }
  }
  const value = node.value as string | number | boolean | null
  if (typeof value === 'string' && !isText(value)) throw new NotJson()
  const text = typeof value === 'string' ? value : file.text.slice(place.start, place.end)
  return { kind: 'scalar', value, text, place }
}

/**
 * Reads JSON, as programs write it: in a tenth of the time that YAML takes.
 *
 * @returns undefined where it is none, or has anything wrong with it
 */
export const parseJson = (file: SourceFile): Located | undefined => {
  if (!/^\s*\{/.test(file.text)) return undefined
  const errors: ParseError[] = []
  const options = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false }
  try {
    const tree = parseTree(file.text, errors, options)
    return tree && errors.length === 0 ? locate(file, tree) : undefined
  } catch (error) {
    // It recurses, and files may be nested without bound.
    if (error instanceof NotJson || error instanceof RangeError) return undefined
    throw error
  }
}
