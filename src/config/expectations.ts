import type { LocatedScalar, Located } from './located.ts'
import { isNamed, type SchemaNode } from './schema-nodes.ts'
import { joinWords, quote } from './words.ts'

/** What the schema asks for, to stand behind "must be": 'a whole number from 68 to 65535'. */
export const describeExpected = (node: SchemaNode): string => {
  if (node['x-expected'] !== undefined) return node['x-expected']
  if (node.const !== undefined) return String(node.const)
  if (node.enum) return joinWords(node.enum.map((value) => JSON.stringify(value)))
  const types = typesOf(node).map((type) => describeType(type, node))
  return joinWords(types)
}

/** What is there instead, to stand behind "got". */
export const describeActual = (value: Located): string => {
  if (value.kind === 'map') return 'a mapping'
  if (value.kind === 'list') return value.items.length > 0 ? 'a list' : 'an empty list'
  if (value.value === null) return 'nothing'
  const shown = typeof value.value === 'string' ? quote(value.value) : String(value.value)
  return value.variables ? `${shown} (from ${value.variables.join(' and ')})` : shown
}

/** The mistake that probably led there: YAML's surprises first, then the form of an address. */
export const explainMismatch = (node: SchemaNode, value: Located): string | undefined => {
  const types = typesOf(node)
  if (value.kind === 'list')
    return isNamed(node)
      ? 'instead of "- ", write the name as a key, and the rest indented below'
      : undefined
  if (types.includes('array')) return explainNoList(node, value)
  if (value.kind === 'map') return undefined
  if (types.includes('object')) return explainNoMap(value)
  if (value.value === null)
    return types.includes('string') ? 'is the value missing, or not indented?' : undefined
  if (typeof value.value !== 'string') return explainNoString(node, types, value)
  return value.variables ? undefined : explainString(node, types, value.value)
}

const typesOf = ({ type = [] }: SchemaNode): readonly string[] =>
  typeof type === 'string' ? [type] : type

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
}

const describeType = (type: string, { minimum, maximum }: SchemaNode): string => {
  if (type !== 'integer' && type !== 'number') return TYPE_WORDS[type] ?? type
  const noun = type === 'integer' ? 'a whole number' : 'a number'
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${noun}, ${minimum} or more`
  return maximum === undefined ? noun : `${noun}, ${maximum} or less`
}

const explainNoList = (node: SchemaNode, value: Located): string | undefined => {
  if (value.kind !== 'scalar') return 'start each entry with "- "'
  if (value.value === null) return 'write [] for none, or start each of the lines below with "- "'
  const wantsText = node.items !== undefined
  return wantsText ? `write [${quoteInFlow(value)}]` : undefined
}

/** In [ ] a variable and what has a comma or bracket must be quoted. */
const quoteInFlow = ({ text }: LocatedScalar): string =>
  /[[\]{},]/.test(text) ? quote(text) : text

const explainNoMap = (value: LocatedScalar): string | undefined =>
  value.value === null
    ? 'write {} where there is nothing to say, or indent the lines below further'
    : undefined

const explainNoString = (
  node: SchemaNode,
  types: readonly string[],
  { value, text, variables }: LocatedScalar,
): string | undefined => {
  const isNumeric = types.includes('integer') || types.includes('number')
  if (variables) return undefined
  if (types.includes('boolean') && (value === 0 || value === 1)) return `write ${value === 1}`
  // Quotes help names only: no number is a MAC address.
  if (
    !types.includes('string') ||
    isNumeric ||
    node.format !== undefined ||
    node.definition === 'mac'
  )
    return undefined
  const kind = typeof value === 'number' ? `the number ${value}` : String(value)
  return text === String(value) && !/^[-+]?\d/.test(text)
    ? `put it in quotes: "${text}"`
    : `${text} was read as ${kind}; quote it: "${text}"`
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  on: true,
  yes: true,
  y: true,
  true: true,
  enabled: true,
  off: false,
  no: false,
  n: false,
  false: false,
  disabled: false,
}

const explainString = (
  node: SchemaNode,
  types: readonly string[],
  text: string,
): string | undefined => {
  if (types.includes('boolean')) return explainNoBoolean(text)
  if (types.includes('integer') || types.includes('number')) {
    const [, digits] = /^([-+]?\d+(?:\.\d+)?)\s*(?:s|sec|seconds|b|bytes)?$/i.exec(text) ?? []
    if (digits === undefined) return undefined
    return digits === text ? 'write it without quotes' : `write ${digits}, without a unit`
  }
  if (node.definition === 'mac' && /-/.test(text))
    return `with colons: ${text.replaceAll('-', ':')}`
  return explainAddress(node.format, text)
}

const explainNoBoolean = (text: string): string | undefined => {
  const meant = TRUTHS[text.toLowerCase()]
  if (meant === undefined) return undefined
  return text === String(meant)
    ? 'write it without quotes'
    : `YAML 1.2 reads ${text} as text; write ${meant}`
}

const explainAddress = (format: string | undefined, text: string): string | undefined => {
  if (format === undefined) return undefined
  if (text.includes('%')) return 'a zone ("%eth0") is not part of an address here'
  if (/(^|\.)0\d/.test(text)) return 'to some programs a leading zero means octal: write it without'
  if (/\/\d+\./.test(text))
    return 'write the length of the prefix instead of a netmask, as in 10.0.0.0/8'
  if (format === 'ip' && text.includes('/'))
    return `without a prefix length: ${text.slice(0, text.indexOf('/'))}`
  const tooLong = text.includes(':') ? '129' : '33'
  if (Number(text.split('/')[1]) >= Number(tooLong))
    return `the longest prefix is /${Number(tooLong) - 1}`
  if (format !== 'ip-interface' || text.includes('/')) return undefined
  return `add the prefix length, as in ${text}${text.includes(':') ? '/64' : '/24'}`
}
