import { schema } from '../generated/schema.ts'
import type { Path } from './located.ts'

/** What is used of JSON Schema draft-07 in schemas/netplan.schema.json, plus our own annotations. */
export interface SchemaNode {
  readonly $ref?: string
  readonly allOf?: readonly SchemaNode[]
  /** Text or a mapping: what is said of the one says nothing of the other. */
  readonly anyOf?: readonly SchemaNode[]
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: false | SchemaNode
  readonly propertyNames?: SchemaNode
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly items?: SchemaNode
  readonly minItems?: number
  /** A change of it replaces the object. */
  readonly 'x-replaces'?: boolean
  /** Keys that it has to have once all that is said of it is put together. */
  readonly 'x-required'?: readonly string[]
  /** What is expected, in words; where type and range do not say it. */
  readonly 'x-expected'?: string
  /** The definition it comes from, for `resolveNode` to tell. */
  readonly definition?: string
}

/** The root of the schema. */
export const rootNode = schema as SchemaNode

const resolved = new WeakMap<SchemaNode, SchemaNode>()

/** The node with what it refers to folded in; what it says itself wins. The schema never changes. */
export const resolveNode = (node: SchemaNode): SchemaNode => {
  const known = resolved.get(node) ?? resolveNew(node)
  resolved.set(node, known)
  return known
}

const resolveNew = (node: SchemaNode): SchemaNode => {
  const { $ref, allOf, anyOf, ...own } = node
  if (anyOf) return { ...uniteNodes(anyOf.map(resolveNode)), ...own }
  const reference = $ref ?? allOf?.[0]?.$ref
  if (reference === undefined) return own
  const definition = reference.slice(reference.lastIndexOf('/') + 1)
  return { definition, ...resolveNode(definitionNode(definition)), ...own }
}

/** The keys that a mapping has to have. */
export const requiredOf = (node: SchemaNode): readonly string[] => [
  ...(node.required ?? []),
  ...(node['x-required'] ?? []),
]

/** The types that the node allows. */
export const typesOf = ({ type = [] }: SchemaNode): readonly string[] =>
  typeof type === 'string' ? [type] : type

/** What a key or a position below the node is to look like. */
export const childNode = (node: SchemaNode, segment: string | number): SchemaNode | undefined => {
  const { properties = {}, additionalProperties, items } = node
  const child =
    typeof segment === 'string' && Object.hasOwn(properties, segment)
      ? properties[segment]
      : additionalProperties === false
        ? items
        : (additionalProperties ?? items)
  return child && resolveNode(child)
}

/** The node that describes the value at a path into a configuration. */
export const nodeAt = (path: Path): SchemaNode | undefined =>
  path.reduce<SchemaNode | undefined>(
    (node, segment) => node && childNode(node, segment),
    resolveNode(rootNode),
  )

/** Whether the node is a map from names that the user chooses, as `bridges` is. */
export const isNamed = (node: SchemaNode): boolean =>
  typeof node.additionalProperties === 'object' && node.properties === undefined

const uniteNodes = (nodes: readonly SchemaNode[]): SchemaNode => {
  const united = nodes.reduce((all, node) => ({ ...all, ...node }), {})
  return { ...united, type: nodes.flatMap(typesOf) }
}

const definitionNode = (name: string): SchemaNode => {
  const definitions = (schema as { definitions: Record<string, SchemaNode> }).definitions
  return definitions[name] ?? {}
}
