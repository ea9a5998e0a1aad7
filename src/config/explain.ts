import { describeExpected } from './expectations.ts'
import {
  childNode,
  isNamed,
  requiredOf,
  resolveNode,
  rootNode,
  type SchemaNode,
} from './schema-nodes.ts'
import { quote, suggest } from './words.ts'

/** One key of a mapping, for a list of them. */
export interface KeySummary {
  readonly name: string
  readonly type: string
  readonly summary: string
  readonly required: boolean
  readonly replaces: boolean
}

/** What the schema says about the value at a path. */
export interface Explanation {
  /** With `*` for names and positions: 'vxlans.*.id'. Empty for the file as a whole. */
  readonly path: string
  /** In words: 'a whole number from 1 to 65535'. */
  readonly type: string
  readonly description: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly required: boolean
  /** Whether a change of it deletes the object and creates another. */
  readonly replaces: boolean
  /** Of a mapping, or of each entry of a list or of a section with names. */
  readonly keys?: readonly KeySummary[]
}

export type ExplainResult =
  | { readonly ok: true; readonly explanation: Explanation }
  | { readonly ok: false; readonly message: string; readonly hint?: string }

interface Spot {
  readonly path: readonly string[]
  readonly node: SchemaNode
  readonly required: boolean
}

/** Explains a path such as `vxlans.port`, `veths.*.peer.mtu`, `routes.via` or '' for the whole file. */
export const explain = (path: string): ExplainResult => {
  const segments = path
    .replace(/\[(\w*|\*)\]/g, '.*')
    .split('.')
    .filter((segment) => segment !== '')
  let spot: Spot = { path: [], node: resolveNode(rootNode), required: false }
  for (const [index, segment] of segments.entries()) {
    const next = step(spot, segment, index === segments.length - 1)
    if (!next) return tellUnknown(spot, segment)
    // What follows a section of plain values is a name, dots and all: `sysctls.net.ipv4.ip_forward`.
    if (next.path.at(-1) === '*' && isNamed(spot.node) && !keysOf(next.node))
      return { ok: true, explanation: describeSpot(next) }
    spot = next
  }
  return { ok: true, explanation: describeSpot(spot) }
}

/** One segment further; names and positions may be there, be `*`, or be left out. */
const step = (spot: Spot, segment: string, isLast: boolean): Spot | undefined => {
  const { path, node } = spot
  if (!isNamed(node) && !node.items) return enterKey(spot, segment)
  const entry = childNode(node, '*')
  if (!entry) return undefined
  const below = { path: [...path, '*'], node: entry, required: false }
  if (segment === '*') return below
  const key = enterKey(below, segment)
  if (key || node.items) return key ?? (/^\d+$/.test(segment) ? below : undefined)
  // At the end, `vxlans.prot` is rather a misspelt key than the name of a vxlan.
  const isMisspelt = isLast && suggest(segment, keysOf(entry) ?? []) !== undefined
  return isMisspelt ? undefined : below
}

const enterKey = ({ path, node }: Spot, key: string): Spot | undefined => {
  if (!Object.hasOwn(node.properties ?? {}, key)) return undefined
  const child = childNode(node, key)
  return child && { path: [...path, key], node: child, required: requiredOf(node).includes(key) }
}

const tellUnknown = ({ path, node }: Spot, segment: string): ExplainResult => {
  const known = keysOf(node) ?? keysOf(childNode(node, '*') ?? {}) ?? []
  const where = path.length === 0 ? 'no section' : `${path.join('.')} has no key`
  const message = `${where} ${quote(segment)}`
  const hint =
    suggest(segment, known) ?? (known.length > 0 ? `it has ${known.join(', ')}` : undefined)
  return { ok: false, message, ...(hint !== undefined && { hint }) }
}

const keysOf = ({ properties }: SchemaNode): readonly string[] | undefined =>
  properties && Object.keys(properties)

const describeSpot = ({ path, node, required }: Spot): Explanation => {
  const { enum: choices, minimum, maximum, pattern } = node
  const keys = summarizeKeys(node)
  return {
    path: path.join('.'),
    type: describeNode(node),
    description: node.description ?? '',
    ...(node.default !== undefined && { default: node.default }),
    ...(choices && { enum: choices }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(pattern !== undefined && { pattern }),
    required,
    replaces: node['x-replaces'] ?? false,
    ...(keys && { keys }),
  }
}

const summarizeKeys = (node: SchemaNode): readonly KeySummary[] | undefined => {
  const owner = node.properties ? node : childNode(node, '*')
  if (!owner?.properties) return undefined
  return Object.entries(owner.properties).map(([name, property]) => {
    const child = resolveNode(property)
    return {
      name,
      type: describeNode(child),
      summary: firstSentence(child.description ?? ''),
      required: requiredOf(owner).includes(name),
      replaces: child['x-replaces'] ?? false,
    }
  })
}

const describeNode = (node: SchemaNode): string => {
  const entry = childNode(node, '*')
  if (node.items && entry)
    return entry.properties ? 'a list' : `a list, each ${describeExpected(entry)}`
  if (isNamed(node)) return entry?.properties ? 'a mapping of names' : 'a mapping'
  return describeExpected(node)
}

const firstSentence = (text: string): string => /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text
