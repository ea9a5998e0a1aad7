import { Document, isScalar, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { escapeControls } from '../net/controls.ts'
import { rootNode } from './schema-nodes.ts'

/** A value as it is to be printed, with what is to be said of it. */
export type Printed = PrintedScalar | PrintedList | PrintedMap

interface Noted {
  /** Behind a scalar or an item of a list. */
  readonly note?: string | undefined
}

interface PrintedScalar extends Noted {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
}

interface PrintedList extends Noted {
  readonly kind: 'list'
  readonly items: readonly Printed[]
  /** On one line. */
  readonly flow: boolean
}

interface PrintedMap extends Noted {
  readonly kind: 'map'
  readonly entries: readonly PrintedEntry[]
  readonly flow?: boolean
}

export interface PrintedEntry {
  readonly name: string
  /** Above its key. */
  readonly above?: string | undefined
  readonly value: Printed
}

type Node = Scalar | YAMLMap | YAMLSeq

/** Nothing of a comment is obeyed by a terminal, or ends it. */
const commentOf = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : ` ${escapeControls(line)}`))
    .join('\n')

const scalarOf = (value: string | number | boolean | null): Scalar =>
  // What stood for itself has to do so when it is read again.
  new Scalar(typeof value === 'string' ? value.replaceAll('${', () => '$${') : value)

const mapOf = ({ entries, flow }: PrintedMap): YAMLMap => {
  const map = new YAMLMap()
  for (const { name, above, value } of entries) {
    const key = scalarOf(name)
    if (above !== undefined) key.commentBefore = commentOf(above)
    map.add({ key, value: nodeOf(value) })
  }
  // An empty mapping has no line to stand on.
  map.flow = flow === true || entries.length === 0
  return map
}

const listOf = ({ items, flow }: PrintedList): YAMLSeq => {
  const list = new YAMLSeq<Node>()
  list.items.push(...items.map(nodeOf))
  for (const item of list.items) if (!isScalar(item)) item.flow = true
  list.flow = flow || items.length === 0
  return list
}

const nodeOf = (printed: Printed): Node => {
  const node =
    printed.kind === 'scalar'
      ? scalarOf(printed.value)
      : printed.kind === 'list'
        ? listOf(printed)
        : mapOf(printed)
  if (printed.note !== undefined) node.comment = commentOf(printed.note)
  return node
}

/** In the order of the documentation. */
const sectionOrder = Object.keys(rootNode.properties ?? {})

const rankOf = ({ name }: PrintedEntry): number => sectionOrder.indexOf(name)

/** A configuration as YAML. Whatever is in it, it reads as the same. */
export const printYaml = (
  entries: readonly PrintedEntry[],
  { head, foot }: { readonly head?: string; readonly foot?: string } = {},
): string => {
  const ordered = entries.toSorted((a, b) => rankOf(a) - rankOf(b))
  // Whoever else reads the file may take `yes` for a boolean, as YAML 1.1 does.
  const document = new Document(mapOf({ kind: 'map', entries: ordered }), { compat: 'yaml-1.1' })
  if (head !== undefined) document.commentBefore = commentOf(head)
  if (foot !== undefined) document.comment = commentOf(foot)
  const text = document.toString({ lineWidth: 0 })
  return text.endsWith('\n') ? text : `${text}\n`
}
