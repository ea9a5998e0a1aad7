import { parseTree, type Node, type ParseError } from 'jsonc-parser'

/** A value of a JSON text, its parts in the order of the text. */
export type Read =
  | { readonly kind: 'scalar'; readonly value: unknown; readonly text: string; readonly at: At }
  | { readonly kind: 'list'; readonly items: readonly Read[]; readonly at: At }
  | {
      readonly kind: 'map'
      readonly entries: readonly (readonly [name: string, key: At, value: Read])[]
      readonly at: At
    }

type At = readonly [start: number, end: number]

class NotJson extends Error {}

const textOf = (value: unknown): string => {
  if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) throw new NotJson()
  return value
}

const atOf = ({ offset, length }: Node): At => [offset, offset + length]

const readNode = (text: string, node: Node): Read => {
  const at = atOf(node)
  const { type, children = [] } = node
  if (type === 'array') {
    return { kind: 'list', items: children.map((item) => readNode(text, item)), at }
  }
  if (type === 'object') {
    const names = new Set<string>()
    const entries = children.map((pair) => {
      const [key, value] = pair.children!
      const name = textOf(key!.value)
      if (names.size === names.add(name).size) throw new NotJson()
      return [name, atOf(key!), readNode(text, value!)] as const
    })
    return { kind: 'map', entries, at }
  }
  const value: unknown = node.value
  return type === 'string'
    ? { kind: 'scalar', value, text: textOf(value), at }
    : { kind: 'scalar', value, text: text.slice(...at), at }
}

/** A mapping as somebody else's parser reads it, with places; undefined where it is no JSON or no sound one. */
export const readByOther = (text: string): Read | undefined => {
  if (!/^\s*\{/.test(text)) return undefined
  const errors: ParseError[] = []
  const options = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false }
  try {
    const tree = parseTree(text, errors, options)
    return tree && errors.length === 0 ? readNode(text, tree) : undefined
  } catch (error) {
    if (error instanceof NotJson) return undefined
    throw error
  }
}
