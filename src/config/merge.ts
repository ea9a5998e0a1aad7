import type { Diagnostic } from './diagnostics.ts'
import {
  entriesOf,
  itemsOf,
  makeList,
  makeMap,
  type Located,
  type LocatedEntry,
  type LocatedMap,
} from './located.ts'
import { makeTwinError } from './report.ts'
import { describeEntry } from './subjects.ts'
import { quote } from './words.ts'

/** One configuration of many files: maps united, lists joined, scalars the same or an error. */
export const mergeRoots = (
  roots: readonly LocatedMap[],
): { readonly root: LocatedMap | undefined; readonly diagnostics: readonly Diagnostic[] } => {
  const [first, ...others] = roots
  if (!first || others.length === 0) return { root: first, diagnostics: [] }
  const diagnostics: Diagnostic[] = []
  const sections = new Map<string, LocatedEntry>()
  for (const root of roots) {
    for (const [name, entry] of entriesOf(root)) {
      const earlier = sections.get(name)
      const value = earlier ? mergeSection(name, earlier, entry, diagnostics) : entry.value
      sections.set(name, { key: (earlier ?? entry).key, value })
    }
  }
  return { root: makeMap(sections, first.place), diagnostics }
}

const mergeSection = (
  name: string,
  { key, value: first }: LocatedEntry,
  { value: second, ...other }: LocatedEntry,
  diagnostics: Diagnostic[],
): Located => {
  if (first.kind === 'map' && second.kind === 'map')
    return uniteMaps(name, first, second, diagnostics)
  if (first.kind === 'list' && second.kind === 'list') {
    return makeList([...itemsOf(first), ...itemsOf(second)], first.place)
  }
  const isSame = first.kind === 'scalar' && second.kind === 'scalar' && first.value === second.value
  if (!isSame) {
    const message = `${quote(name)} has another value in another file`
    diagnostics.push(makeTwinError(message, other.key, key, 'let only one of the files say it'))
  }
  return first
}

/** A file for each node: the nodes of a cluster are united as if they were a section. */
const uniteNodes = (
  first: LocatedEntry | undefined,
  second: LocatedEntry,
  diagnostics: Diagnostic[],
): LocatedEntry | undefined => {
  if (first?.value.kind !== 'map' || second.value.kind !== 'map') return undefined
  return { key: first.key, value: uniteMaps('nodes', first.value, second.value, diagnostics) }
}

const uniteMaps = (
  section: string,
  first: LocatedMap,
  second: LocatedMap,
  diagnostics: Diagnostic[],
): LocatedMap => {
  const entries = new Map(entriesOf(first))
  for (const [name, entry] of entriesOf(second)) {
    const earlier = entries.get(name)
    const nodes =
      section === 'cluster' && name === 'nodes'
        ? uniteNodes(earlier, entry, diagnostics)
        : undefined
    if (nodes) entries.set(name, nodes)
    else if (earlier) {
      const message = `${describeEntry(section, name)} is declared in two files`
      diagnostics.push(makeTwinError(message, entry.key, earlier.key))
    } else entries.set(name, entry)
  }
  return makeMap(entries, first.place)
}
