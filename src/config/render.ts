import { Document, isMap, isScalar, isSeq, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import type { Located, LocatedMap } from './located.ts'
import { rootNode } from './schema-nodes.ts'
import { locatePlace, type Place } from './source.ts'

type Node = Scalar | YAMLMap | YAMLSeq

/** `fleet.yaml:7:5` */
const describe = (place: Place): string => {
  const { file, line, column } = locatePlace(place)
  return `${file}:${String(line)}:${String(column)}`
}

/** Where a comment is not given again: at what comes from the line that was named last. */
const lineOf = (place: Place): string => {
  const { file, line } = locatePlace(place)
  return `${file}:${String(line)}`
}

const scalarOf = (value: string | number | boolean | null): Scalar =>
  // What stood for itself has to do so when it is read again.
  new Scalar(typeof value === 'string' ? value.replaceAll('${', () => '$${') : value)

const isOnLine = (items: readonly Located[], line: string): boolean =>
  items.every(({ place }) => lineOf(place) === line)

/** Each item of another line says so. */
const renderList = (items: readonly Located[], above: string): YAMLSeq => {
  const list = new YAMLSeq<Node>()
  for (const item of items) {
    const line = lineOf(item.place)
    const node = renderValue(item, line)
    if (!isScalar(node)) node.flow = true
    if (line !== above) node.comment = ` ${describe(item.place)}`
    list.items.push(node)
  }
  // Addresses stand beside each other, mappings below each other; so does what has a comment.
  list.flow = items.every(({ kind }) => kind === 'scalar') && isOnLine(items, above)
  return list
}

/** The line that a value is said to be of, above its key: of a list with items of several lines, none. */
const lineAbove = (key: Place, value: Located, above: string): string | undefined => {
  const line = lineOf(key)
  return line === above || (value.kind === 'list' && !isOnLine(value.items, line))
    ? undefined
    : line
}

const renderMap = ({ entries }: LocatedMap, above: string): YAMLMap => {
  const map = new YAMLMap()
  for (const [name, { key, value }] of entries) {
    const line = lineAbove(key, value, above)
    const node = renderValue(value, line ?? above)
    const keyNode = scalarOf(name)
    if (line !== undefined && isScalar(node)) node.comment = ` ${describe(key)}`
    else if (line !== undefined) keyNode.commentBefore = ` ${describe(key)}`
    map.add({ key: keyNode, value: node })
  }
  return map
}

const renderValue = (value: Located, above: string): Node => {
  if (value.kind === 'scalar') return scalarOf(value.value)
  return value.kind === 'list' ? renderList(value.items, above) : renderMap(value, above)
}

/** In the order of the documentation, whatever that of the file. */
const sectionOrder = Object.keys(rootNode.properties ?? {})

/** A configuration as YAML, with the line that each of its parts comes from. Variables are their values. */
export const renderYaml = ({ entries }: LocatedMap): string => {
  const document = new Document(new YAMLMap())
  for (const section of sectionOrder) {
    const entry = entries.get(section)
    if (!entry || section === 'vars') continue
    const node = renderValue(entry.value, '')
    if (isScalar(node)) node.comment = ` ${describe(entry.key)}`
    // An empty mapping has no line to stand on.
    if ((isMap(node) || isSeq(node)) && node.items.length === 0) node.flow = true
    document.add({ key: scalarOf(section), value: node })
  }
  return document.toString({ lineWidth: 0 })
}
