import { itemsOf, type Located } from './located.ts'
import { typesOf, type SchemaNode } from './schema-nodes.ts'
import { joinWords, quote } from './words.ts'

/** What the schema asks for, to stand behind "must be": 'a whole number from 68 to 65535'. */
export const describeExpected = (node: SchemaNode): string => {
  if (node['x-expected'] !== undefined) return node['x-expected']
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum) return joinWords(node.enum.map((value) => JSON.stringify(value)))
  return joinWords(typesOf(node).map((type) => describeType(type, node)))
}

/** What is there instead, to stand behind "got". */
export const describeActual = (value: Located): string => {
  if (value.kind === 'map') return 'a mapping'
  if (value.kind === 'list') return itemsOf(value).length > 0 ? 'a list' : 'an empty list'
  if (value.value === null) return 'nothing'
  const shown = typeof value.value === 'string' ? quote(value.value) : String(value.value)
  return value.variables ? `${shown} (from ${value.variables.join(' and ')})` : shown
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
}

const describeType = (type: string, { minimum, maximum }: SchemaNode): string => {
  if (type !== 'integer' && type !== 'number') return TYPE_WORDS[type] ?? type
  const noun = type === 'integer' ? 'a whole number' : 'a number'
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${noun}, ${minimum} or more`
  return maximum === undefined ? noun : `${noun}, ${maximum} or less`
}
