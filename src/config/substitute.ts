import type { Diagnostic } from './diagnostics.ts'
import { interpolate, type Scope } from './interpolate.ts'
import {
  entriesOf,
  entryAt,
  itemsOf,
  makeList,
  makeMap,
  type Located,
  type LocatedMap,
} from './located.ts'
import { makeError } from './report.ts'
import { resolveDeclarations } from './variables.ts'

/** A file with its variables replaced by their values, in scalars only: a value never becomes structure. */
export const substitute = (
  root: Located,
  scope: Scope,
): { readonly root: Located; readonly diagnostics: readonly Diagnostic[] } => {
  const diagnostics: Diagnostic[] = []
  if (!root.place.file.text.includes('${'))
    return { root: withDeclarations(root, scope), diagnostics }
  const done = new Map<Located, Located>()
  const visit = (node: Located): Located => {
    if ('plain' in node && !hasReference(node.plain)) return node
    const result = done.get(node) ?? visitNew(node)
    done.set(node, result)
    return result
  }
  const visitNew = (node: Located): Located => {
    if (node.kind === 'map') diagnostics.push(...refuseKeys(node))
    if (node.kind !== 'scalar') return mapChildren(node, visit)
    const substituted = interpolate(node, scope)
    diagnostics.push(...substituted.diagnostics)
    return substituted.scalar
  }
  const declared = withDeclarations(root, scope)
  const result = mapChildren(declared, visit, (name) => name !== 'vars')
  return { root: result, diagnostics }
}

/** Whether anything in plain data may name a variable: what does not stays as it is. */
const hasReference = (plain: unknown): boolean => {
  if (typeof plain === 'string') return plain.includes('${')
  if (typeof plain !== 'object' || plain === null) return false
  if (Array.isArray(plain)) return plain.some(hasReference)
  return Object.entries(plain).some(([key, value]) => key.includes('${') || hasReference(value))
}

/** A key with `${...}` would be taken for a name that has these characters. */
const refuseKeys = (map: LocatedMap): readonly Diagnostic[] =>
  [...entriesOf(map)]
    .filter(([key]) => key.includes('${'))
    .map(([, { key }]) => makeError('variable', 'variables stand in values only, not in keys', key))

const withDeclarations = (root: Located, scope: Scope): Located => {
  const vars = root.kind === 'map' ? entryAt(root, 'vars') : undefined
  if (root.kind !== 'map' || !vars) return root
  const value = resolveDeclarations(vars.value, scope)
  return makeMap(new Map(entriesOf(root)).set('vars', { ...vars, value }), root.place)
}

const mapChildren = (
  node: Located,
  visit: (child: Located) => Located,
  isVisited: (key: string) => boolean = () => true,
): Located => {
  if (node.kind === 'scalar') return visit(node)
  if (node.kind === 'list') return makeList(itemsOf(node).map(visit), node.place)
  const entries = [...entriesOf(node)].map(([key, entry]) => {
    return [key, isVisited(key) ? { ...entry, value: visit(entry.value) } : entry] as const
  })
  return makeMap(new Map(entries), node.place)
}
