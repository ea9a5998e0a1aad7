import { detectCanonical } from './canonical.ts'
import { detectDocument } from './document.ts'
import type { Written } from './cluster/unfold.ts'
import type { WrittenConfig } from './config.ts'
import type { Diagnostic } from './diagnostics.ts'
import { toPlain, type LocatedMap } from './located.ts'
import { checkRequired } from './checks/required.ts'
import { mergeRoots } from './merge.ts'
import { parseFile } from './parse.ts'
import { locateProblem } from './references.ts'
import { validateShape } from './schema.ts'
import type { SourceFile } from './source.ts'
import { substitute } from './substitute.ts'
import { declareVariables, findUnusedOverrides, type Overrides } from './variables.ts'

const emptyRoot = (): LocatedMap => {
  const place = { file: { name: '', text: '' }, start: 0, end: 0 }
  return { kind: 'map', entries: new Map(), place }
}

/** Files as one configuration of the shape that the schema asks for; undefined where there are errors. */
export const readWritten = (
  files: readonly SourceFile[],
  unread: readonly Diagnostic[],
  overrides: Overrides,
): { readonly written: Written | undefined; readonly diagnostics: readonly Diagnostic[] } => {
  const parsed = files.map(parseFile)
  const readable = parsed.flatMap(({ root }) => root ?? [])
  const foreign = readable.flatMap((root) => detectCanonical(root) ?? detectDocument(root) ?? [])
  const syntax = [...unread, ...parsed.flatMap((file) => file.diagnostics), ...foreign]
  if (foreign.length > 0) return { written: undefined, diagnostics: syntax }

  const { scope, diagnostics: declarations } = declareVariables(readable, overrides)
  const substituted = readable.map((root) => substitute(root, scope))
  const shapes = substituted.flatMap(({ root }) => validateShape(root))
  // Where a file cannot be read, the variables that it declares are not missing.
  const variables =
    syntax.length > 0
      ? []
      : [
          ...declarations,
          ...substituted.flatMap(({ diagnostics }) => diagnostics),
          ...findUnusedOverrides(readable, overrides, scope),
        ]
  const roots = substituted
    .map(({ root }) => root)
    .filter((root): root is LocatedMap => root.kind === 'map')
  const { root = emptyRoot(), diagnostics: duplicates } = mergeRoots(roots)
  const config = toPlain(root) as WrittenConfig
  // With a cluster, that adds to them.
  const missing = config.cluster ? [] : checkRequired(config)
  const diagnostics = [
    ...[...syntax, ...variables, ...shapes, ...duplicates],
    ...missing.map((problem) => locateProblem(root, problem)),
  ]
  const written = { config, root }
  return { written: diagnostics.length > 0 ? undefined : written, diagnostics }
}
