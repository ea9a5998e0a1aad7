import {
  isAlias,
  isMap,
  isScalar,
  type Alias,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import type { Diagnostic } from './diagnostics.ts'
import {
  entriesOf,
  itemsOf,
  makeList,
  makeMap,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type LocatedScalar,
} from './located.ts'
import { makeError, makeTwinError } from './report.ts'
import type { Place, SourceFile } from './source.ts'
import { quote } from './words.ts'

/** How many values aliases may stand for in all: a bomb of ten lines has 10^9. */
const MAX_EXPANDED = 100_000

interface Anchor {
  readonly value: Located
  /** How many values it stands for, aliases within counted in full. */
  readonly size: number
}

interface State {
  readonly file: SourceFile
  readonly diagnostics: Diagnostic[]
  readonly anchors: Map<string, Anchor | 'open'>
  /** Values so far, aliases counted in full. */
  size: number
  /** Values that aliases stand for. */
  expanded: number
  bomb?: Diagnostic
}

/** YAML's nodes as values with places: aliases and merge keys (`<<`) resolved, double keys reported. */
export const locateNodes = (
  file: SourceFile,
  contents: ParsedNode,
): { readonly root?: Located; readonly diagnostics: readonly Diagnostic[] } => {
  const state: State = { file, diagnostics: [], anchors: new Map(), size: 0, expanded: 0 }
  const root = locateNode(state, contents, placeAt(state, 0, 1))
  // What is wrong within a bomb is wrong a thousand times.
  if (state.bomb) return { diagnostics: [state.bomb] }
  return { root, diagnostics: state.diagnostics }
}

const locateNode = (state: State, node: ParsedNode | null, fallback: Place): Located => {
  state.size += 1
  if (!node) return nothing(fallback)
  if (isAlias(node)) return resolveAlias(state, node)
  if (node.anchor === undefined) return locateContent(state, node)
  const before = state.size - 1
  state.anchors.set(node.anchor, 'open')
  const value = locateContent(state, node)
  state.anchors.set(node.anchor, { value, size: state.size - before })
  return value
}

const locateContent = (state: State, node: Exclude<ParsedNode, Alias.Parsed>): Located => {
  const place = placeOf(state, node)
  if (isScalar(node)) {
    checkText(state, node, place)
    return locateScalar(node, place)
  }
  if (isMap(node)) return locateMap(state, node, place)
  const items = node.items.map((item) => locateNode(state, item as ParsedNode | null, place))
  return makeList(items, place)
}

/** What an escape can say and no UTF-8 can: programs would be given another character for it. */
const checkText = (state: State, { source = '' }: Scalar, place: Place): void => {
  if (/\p{Surrogate}/u.test(source))
    report(state, 'half of a surrogate pair is no character', place, 'write it as in "\\U0001F600"')
}

const locateScalar = ({ value, source }: Scalar, place: Place): LocatedScalar => {
  const text = source ?? ''
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
    return { kind: 'scalar', value: value as LocatedScalar['value'], text, place }
  }
  return { kind: 'scalar', value: text, text, place }
}

const resolveAlias = (state: State, alias: Alias.Parsed): Located => {
  const place = placeOf(state, alias)
  const anchor = state.anchors.get(alias.source)
  if (anchor === undefined || anchor === 'open') {
    const why = anchor
      ? `"*${alias.source}" stands within what it stands for`
      : `"*${alias.source}" has no "&${alias.source}" above it`
    report(state, why, place)
    return { ...nothing(place), unresolved: true }
  }
  state.size += anchor.size
  state.expanded += anchor.size
  if (state.expanded > MAX_EXPANDED) {
    const message = `aliases stand for more than ${MAX_EXPANDED} values in all`
    state.bomb ??= makeError('syntax', message, place)
    return { ...nothing(place), unresolved: true }
  }
  return anchor.value
}

const locateMap = (state: State, node: YAMLMap.Parsed, place: Place): LocatedMap => {
  const entries = new Map<string, LocatedEntry>()
  const merged: Located[] = []
  for (const pair of node.items) {
    const key = pair.key as ParsedNode | null
    const keyPlace = key ? placeOf(state, key) : place
    const value = locateNode(state, pair.value, keyPlace)
    const name = nameOf(state, key, keyPlace)
    if (isMergeKey(key)) merged.push(value)
    else if (name !== undefined) addEntry(state, entries, name, { key: keyPlace, value })
  }
  for (const value of merged) mergeInto(state, entries, value)
  return makeMap(entries, place)
}

/** Keys are text: `0755` is not the name 493, nor `1e3` the name 1000. */
const nameOf = (state: State, key: ParsedNode | null, place: Place): string | undefined => {
  if (key === null) return ''
  if (isScalar(key)) {
    checkText(state, key, place)
    return key.source
  }
  report(state, 'a key must be text', place, 'quote it if it starts with [, { or *')
  return undefined
}

const isMergeKey = (key: ParsedNode | null): boolean =>
  isScalar(key) && key.source === '<<' && key.type === 'PLAIN'

const addEntry = (
  state: State,
  entries: Map<string, LocatedEntry>,
  name: string,
  entry: LocatedEntry,
): void => {
  const first = entries.get(name)
  if (!first) {
    entries.set(name, entry)
    return
  }
  const message = `the key ${quote(name)} is there twice`
  state.diagnostics.push(makeTwinError(message, entry.key, first.key))
}

/** What the map says itself wins over what is merged in, and the first merged in over the later ones. */
const mergeInto = (state: State, entries: Map<string, LocatedEntry>, value: Located): void => {
  if (value.kind === 'list') {
    for (const item of itemsOf(value)) mergeInto(state, entries, item)
  } else if (value.kind === 'map') {
    for (const [name, entry] of entriesOf(value)) if (!entries.has(name)) entries.set(name, entry)
  } else if (!value.unresolved) {
    report(state, '"<<" takes a mapping, or a list of mappings', value.place)
  }
}

const report = (state: State, message: string, place: Place, hint?: string): void => {
  state.diagnostics.push(makeError('syntax', message, place, hint))
}

const nothing = (place: Place): LocatedScalar => ({ kind: 'scalar', value: null, text: '', place })

const placeOf = (state: State, node: ParsedNode): Place => {
  const [start, end] = node.range
  return placeAt(state, start, Math.max(end, start + 1))
}

const placeAt = ({ file }: State, start: number, end: number): Place => ({ file, start, end })
