import { assignAddresses, unknownAddressing, type Addressing } from './cluster/assign.ts'
import { checkFleet } from './cluster/check.ts'
import { makeFleet, type Fleet } from './cluster/fleet.ts'
import { identify, type Machine } from './cluster/identify.ts'
import { podCIDRsFor } from './cluster/pod-cidrs.ts'
import { isAuto, podsOf } from './cluster/pods.ts'
import { unfold, unfoldServices, type Written } from './cluster/unfold.ts'
import type { Config } from './config.ts'
import type { Diagnostic, Location } from './diagnostics.ts'
import { readFiles } from './files.ts'
import {
  entriesOf,
  findAt,
  makeMap,
  seekPlace,
  toPlain,
  type Located,
  type LocatedMap,
  type Path,
  type Seen,
} from './located.ts'
import { checkReferences, locateProblem } from './references.ts'
import { sortDiagnostics } from './report.ts'
import { locatePlace, type SourceFile } from './source.ts'
import { readWritten } from './written.ts'

/** A configuration file as it was read. */
export type FileText = SourceFile

export interface LoadOptions {
  /** As given with -f: files, folders, or `-` for standard input. */
  readonly files: readonly string[]
  /** As given with --var. */
  readonly vars?: Readonly<Record<string, string>>
  /** What `${env.NAME}` reads. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly readStdin?: () => Promise<Uint8Array | string>
  /** The files as they were read already; then none is read. */
  readonly texts?: readonly FileText[] | undefined
  /** What file names are relative to. */
  readonly cwd?: string
  /** What tells which node of a cluster this is. */
  readonly machine?: Machine
  /** A machine that is no node of the cluster is one for which nothing is asked but by the owner's name. */
  readonly strangers?: boolean
}

type TextOf = (file: string) => string | undefined

/** A valid configuration of one node, and where each of its values stands. */
export interface ConfigSource {
  readonly config: Config
  /** The same with places: what `netplan render` prints. */
  readonly root: LocatedMap
  /** The files that it was read from, in their order. */
  readonly files: readonly string[]
  /** Whose configuration it is; a file without a cluster is that of any node. */
  readonly nodeName: string | undefined
  /** Where the value (or its key) at a path into `config` stands. */
  locate(path: Path, part?: 'key' | 'value'): Location | undefined
  /** A file's text, to show a line of it. */
  readonly text: TextOf
  /**
   * The same with addresses that go by what the node has, where the file leaves some to it. `config` has those
   * that a node gets which has none.
   */
  readonly settle: ((addressing: Addressing) => LoadResult) | undefined
}

export type LoadResult =
  | { readonly ok: true; readonly source: ConfigSource; readonly warnings: readonly Diagnostic[] }
  | Refusal

interface Refusal {
  readonly ok: false
  readonly diagnostics: readonly Diagnostic[]
  /** The files that were read, in their order. */
  readonly files: readonly string[]
  readonly text: TextOf
}

/** Files that were read, of one node or of many. */
export interface LoadedFiles {
  readonly ok: true
  readonly files: readonly string[]
  readonly text: TextOf
  readonly written: Written
  /** Undefined: the file is of no cluster. */
  readonly fleet: Fleet | undefined
  readonly warnings: readonly Diagnostic[]
  /** What nodes share is the same data for all of them. */
  readonly seen: Seen
}

/** What is hardly meant is told once nothing is wrong. */
const onlyErrors = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(({ severity }) => severity === 'error')

const nobody: Machine = { given: undefined, hostname: '', addresses: () => Promise.resolve([]) }

/** The cluster of a file as its nodes, in the order of the file. */
const fleetOf = ({ config: { cluster }, root }: Written, machine = nobody): Fleet | undefined => {
  const nodes = findAt(root, ['cluster', 'nodes'])?.value
  const order = nodes?.kind === 'map' ? [...entriesOf(nodes).keys()] : []
  const self = machine.given ?? machine.hostname
  return cluster && makeFleet(cluster, { self, order }, podCIDRsFor(cluster))
}

/** Reads, substitutes, validates and merges configuration files: what all nodes share of them. */
export const loadFiles = async (options: LoadOptions): Promise<LoadedFiles | Refusal> => {
  const { readStdin = () => Promise.resolve(''), cwd = process.cwd() } = options
  const read = options.texts
    ? { files: options.texts, diagnostics: [] }
    : await readFiles({ files: options.files, readStdin, cwd })
  const files = read.files.map(({ name }) => name)
  const text: TextOf = (name) => read.files.find((file) => file.name === name)?.text
  const overrides = { vars: options.vars ?? {}, env: options.env ?? {} }
  const { written, diagnostics } = readWritten(read.files, read.diagnostics, overrides)
  if (!written) return { ok: false, diagnostics: sortDiagnostics(diagnostics, files), files, text }
  const fleet = fleetOf(written, options.machine)
  const found = checkFleet(written.config, fleet).map((one) => locateProblem(written.root, one))
  const sorted = sortDiagnostics(found, files)
  const errors = onlyErrors(sorted)
  if (errors.length > 0) return { ok: false, diagnostics: errors, files, text }
  return { ok: true, files, text, written, fleet, warnings: sorted, seen: new WeakMap() }
}

/** The part of one node, checked. */
const finish = (
  { files, text, warnings, fleet, seen }: LoadedFiles,
  root: LocatedMap,
  more: Pick<ConfigSource, 'nodeName' | 'settle'>,
): LoadResult => {
  const config = toPlain(root, seen) as Config
  const found = [...(fleet ? warnings : []), ...checkReferences(config, root)]
  const sorted = sortDiagnostics(found, files)
  const errors = onlyErrors(sorted)
  if (errors.length > 0) return { ok: false, diagnostics: errors, files, text }
  const source = { config, root, files, locate: makeLocate(root), text, ...more }
  return { ok: true, source, warnings: sorted }
}

/** What the files say of one node; of a file without a cluster, whatever its name. */
export const sourceOf = (
  loaded: LoadedFiles,
  name: string,
  addressing: Addressing = unknownAddressing,
): LoadResult => {
  const { written, fleet, files, text } = loaded
  const node = fleet?.nodes.find((one) => one.name === name)
  if (!fleet || !node) {
    return finish(loaded, unfoldServices(written), { nodeName: undefined, settle: undefined })
  }
  const { assigned, problems } = assignAddresses(written.config, fleet, node, addressing)
  if (problems.length > 0) {
    const diagnostics = problems.map((problem) => locateProblem(written.root, problem))
    return { ok: false, diagnostics: sortDiagnostics(diagnostics, files), files, text }
  }
  const isOpen = podsOf(written.config, fleet, node).some(({ pod }) => isAuto(pod))
  const settle = (found: Addressing): LoadResult => sourceOf(loaded, name, found)
  return finish(loaded, unfold(written, fleet, node, assigned), {
    nodeName: name,
    settle: isOpen ? settle : undefined,
  })
}

/**
 * Reads configuration files, and takes of them what is for this machine. What is wrong with them is returned, all
 * of it.
 */
export const loadConfig = async (options: LoadOptions): Promise<LoadResult> => {
  const loaded = await loadFiles(options)
  return loaded.ok ? sourceFor(loaded, options) : loaded
}

/** What the files say of the node that a machine is. */
export const sourceFor = async (
  loaded: LoadedFiles,
  { machine = nobody, strangers = false }: Pick<LoadOptions, 'machine' | 'strangers'>,
): Promise<LoadResult> => {
  const { fleet, written, files, text } = loaded
  if (!fleet) return sourceOf(loaded, '')
  const identity = await identify(fleet, machine)
  if (identity.ok) return sourceOf(loaded, identity.name)
  const problem = locateProblem(written.root, identity.problem)
  if (!strangers) return { ok: false, diagnostics: [problem], files, text }
  const warnings = [{ ...problem, severity: 'warning' as const }]
  const bare = { nodeName: undefined, settle: undefined }
  return finish({ ...loaded, warnings }, ownerAlone(written.root), bare)
}

/** Whose the file is, and nothing of what it asks for. */
const ownerAlone = (root: LocatedMap): LocatedMap => {
  const kept = [...entriesOf(root)].filter(([key]) => ['version', 'owner', 'ownerId'].includes(key))
  return makeMap(new Map(kept), root.place)
}

const makeLocate =
  (root: Located): ConfigSource['locate'] =>
  (path, part = 'value') => {
    const place = seekPlace(root, path, part)
    return place && locatePlace(place)
  }
