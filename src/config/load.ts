import { detectCanonical } from './canonical.ts'
import type { Config } from './config.ts'
import type { Diagnostic, Location } from './diagnostics.ts'
import { readFiles } from './files.ts'
import { findAt, toPlain, type Located, type LocatedMap, type Path } from './located.ts'
import { mergeRoots } from './merge.ts'
import { parseFile } from './parse.ts'
import { checkReferences } from './references.ts'
import { sortDiagnostics } from './report.ts'
import { validateShape } from './schema.ts'
import { locatePlace, makeSourceFile, type SourceFile } from './source.ts'
import { substitute } from './substitute.ts'
import { declareVariables, findUnusedOverrides, type Overrides } from './variables.ts'

export interface LoadOptions {
  /** As given with -f: files, folders, or `-` for standard input. */
  readonly files: readonly string[]
  /** As given with --var. */
  readonly vars?: Readonly<Record<string, string>>
  /** What `${env.NAME}` reads. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly readStdin?: () => Promise<Uint8Array | string>
  /** What file names are relative to. */
  readonly cwd?: string
}

/** A valid configuration, and where each of its values stands. */
export interface ConfigSource {
  readonly config: Config
  /** The files that it was read from, in their order. */
  readonly files: readonly string[]
  /** Where the value (or its key) at a path into `config` stands. */
  locate(path: Path, part?: 'key' | 'value'): Location | undefined
  /** A file's text, to show a line of it. */
  text(file: string): string | undefined
}

export type LoadResult =
  | { readonly ok: true; readonly source: ConfigSource; readonly warnings: readonly Diagnostic[] }
  | {
      readonly ok: false
      readonly diagnostics: readonly Diagnostic[]
      text(file: string): string | undefined
    }

/** Reads, substitutes, validates and merges configuration files. What is wrong with them is returned, all of it. */
export const loadConfig = async (options: LoadOptions): Promise<LoadResult> => {
  const { readStdin = () => Promise.resolve(''), cwd = process.cwd() } = options
  const { files, diagnostics } = await readFiles({ files: options.files, readStdin, cwd })
  const text = (name: string): string | undefined => files.find((file) => file.name === name)?.text
  const overrides = { vars: options.vars ?? {}, env: options.env ?? {} }
  const loaded = loadSources(files, diagnostics, overrides)
  const sorted = sortDiagnostics(
    loaded.diagnostics,
    files.map((file) => file.name),
  )
  if (!('root' in loaded)) return { ok: false, diagnostics: sorted, text }
  const { root, config } = loaded
  const source = { config, files: files.map((file) => file.name), locate: makeLocate(root), text }
  return { ok: true, source, warnings: sorted }
}

type Loaded =
  | { readonly diagnostics: readonly Diagnostic[] }
  | { readonly diagnostics: readonly Diagnostic[]; readonly root: Located; readonly config: Config }

const loadSources = (
  files: readonly SourceFile[],
  unread: readonly Diagnostic[],
  overrides: Overrides,
): Loaded => {
  const parsed = files.map(parseFile)
  const readable = parsed.flatMap(({ root }) => root ?? [])
  const foreign = readable.flatMap((root) => detectCanonical(root) ?? [])
  const syntax = [...unread, ...parsed.flatMap((file) => file.diagnostics), ...foreign]
  if (foreign.length > 0) return { diagnostics: syntax }

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
  const { root, diagnostics: duplicates } = mergeRoots(roots)
  const errors = [...syntax, ...variables, ...shapes, ...duplicates]
  return errors.length > 0 ? { diagnostics: errors } : checkMerged(root ?? emptyRoot())
}

const checkMerged = (root: Located): Loaded => {
  const config = toPlain(root) as Config
  const found = checkReferences(config, root)
  const errors = found.filter(({ severity }) => severity === 'error')
  return errors.length > 0 ? { diagnostics: errors } : { diagnostics: found, root, config }
}

const emptyRoot = (): LocatedMap => {
  const place = { file: makeSourceFile('', ''), start: 0, end: 0 }
  return { kind: 'map', entries: new Map(), place }
}

const makeLocate =
  (root: Located): ConfigSource['locate'] =>
  (path, part = 'value') => {
    const found = findAt(root, path)
    if (!found) return undefined
    return locatePlace(part === 'key' && found.key ? found.key : found.value.place)
  }
