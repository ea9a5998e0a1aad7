import { hostname } from 'node:os'
import { DEFAULT_FILE } from '../config/files.ts'
import { loadConfig, loadFiles, sourceFor, sourceOf } from '../config/load.ts'
import type {
  ConfigSource,
  FileText,
  LoadedFiles,
  LoadOptions,
  LoadResult,
} from '../config/load.ts'
import type { Machine } from '../config/cluster/identify.ts'
import type { Addressing } from '../config/cluster/assign.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import { expand } from '../expand/index.ts'
import type { Expansion } from '../expand/index.ts'
import { readAddresses } from '../kernel/addresses.ts'
import type { Address } from '../resources/address.ts'
import type { Resource } from '../resources/kind.ts'
import { linkGroup } from '../resources/ownership.ts'
import { exitCodes, Failure } from './failure.ts'

/** What a configuration asks for, once the node is known; else why it cannot be had there. */
export type Settled =
  | { readonly ok: true; readonly resources: readonly Resource[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** What a configuration asks for, and the files it was read from. */
export interface Loaded {
  readonly source: ConfigSource
  readonly warnings: readonly Diagnostic[]
  readonly expansion: Expansion
  /** Undefined: the file leaves nothing to the node. */
  readonly settle: ((observed: readonly Resource[]) => Settled) | undefined
}

/** What the caller says of files and of the machine. */
export interface FileFlags {
  readonly file?: string[] | undefined
  readonly var?: string[] | undefined
  readonly node?: string | undefined
  readonly netns?: string | undefined
  /** The files, where they were read already. */
  readonly texts?: readonly FileText[] | undefined
}

export const readStdin = async (): Promise<Uint8Array> => {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export const parseVars = (vars: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    vars.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) {
        throw new Failure(
          exitCodes.usage,
          'usage',
          `--var takes name=value, not ${JSON.stringify(text)}`,
        )
      }
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )

/** What `NODE_NAME` says. */
export const nameOfEnvironment = (): string | undefined => {
  const { NODE_NAME: name } = process.env
  return name === '' ? undefined : name
}

/** The machine that netplan runs on, or the namespace that stands for one. */
export const thisMachine = ({ node, netns }: FileFlags): Machine => ({
  // Of the machine that netplan runs on: what is planned from a snapshot is of another one.
  given: node ?? nameOfEnvironment(),
  // The name of this machine says nothing of a namespace that stands for another one.
  hostname: netns ?? hostname(),
  addresses: () => readAddresses(netns),
})

/** A machine of which nothing is looked at but its name, where that is given. */
export const namedMachine = (flags: FileFlags): Machine => {
  const machine = thisMachine(flags)
  return machine.given === undefined
    ? machine
    : { ...machine, addresses: () => Promise.resolve([]) }
}

const optionsOf = (flags: FileFlags, machine = thisMachine(flags)): LoadOptions => {
  const { file = [], var: vars = [], texts } = flags
  return {
    files: file.length > 0 ? file : [DEFAULT_FILE],
    vars: parseVars(vars),
    env: process.env,
    readStdin,
    texts,
    machine,
  }
}

/** What is wrong with files; where only the node is not told, nothing is wrong with them. */
export const refuse = ({
  diagnostics,
  files,
  text,
}: Omit<Extract<LoadResult, { ok: false }>, 'ok'>): Failure => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const details = { diagnostics, files, textOf: text }
  if (errors.every(({ code }) => code === 'node')) {
    return new Failure(exitCodes.error, 'no-such-node', 'this is no node of the cluster', details)
  }
  const count = `${String(errors.length)} error${errors.length === 1 ? '' : 's'}`
  const message = `the configuration is invalid: ${count}`
  return new Failure(exitCodes.invalid, 'invalid-configuration', message, details)
}

/** The addresses that a node has. */
const addressingOf = (
  observed: readonly Resource[],
  { owner }: Pick<Expansion, 'owner'>,
): Addressing => {
  const addresses = observed.filter((one): one is Address => one.kind === 'address')
  return {
    of: (namespace, device) => {
      const own = addresses.filter((one) => one.namespace === namespace)
      // A device that is to be called otherwise hands its address on.
      return own
        .toSorted((a, b) => Number(b.link === device) - Number(a.link === device))
        .map(({ address }) => address)
    },
    all: addresses.map(({ address }) => address),
    ours: addresses.filter(({ mark }) => mark === linkGroup(owner)).map(({ address }) => address),
  }
}

const expandSource = ({ config, locate, nodeName }: ConfigSource, name: string): Expansion =>
  expand(config, locate, nodeName ?? name)

const settler = (source: ConfigSource, name: string, expansion: Expansion): Loaded['settle'] => {
  const { settle } = source
  return (
    settle &&
    ((observed) => {
      const settled = settle(addressingOf(observed, expansion))
      if (!settled.ok) return settled
      return { ok: true, resources: expandSource(settled.source, name).resources }
    })
  )
}

/**
 * What files ask for.
 *
 * @param name of the node, where no cluster names it
 */
const finish = (result: LoadResult, name: string): Loaded => {
  if (!result.ok) throw refuse(result)
  const { source, warnings } = result
  const expansion = expandSource(source, name)
  return { source, warnings, expansion, settle: settler(source, name, expansion) }
}

/** What endpoints of services call the node, where no cluster has a name for it. */
const callerName = ({ netns }: FileFlags, { given, hostname: called }: Machine): string =>
  given ?? (netns === undefined ? called : hostname())

const loadAs = async (flags: FileFlags, machine: Machine, strangers: boolean): Promise<Loaded> => {
  const result = await loadConfig({ ...optionsOf(flags, machine), strangers })
  return finish(result, callerName(flags, machine))
}

/**
 * The configuration of the files for this node, or another machine, expanded; a Failure (65) with all that is wrong
 * with it.
 */
export const load = (flags: FileFlags, machine = thisMachine(flags)): Promise<Loaded> =>
  loadAs(flags, machine, false)

/**
 * The same for what an owner has on a machine, whatever is to be there: a node that has left the cluster is still
 * cleaned by its file.
 */
export const loadOwner = (flags: FileFlags): Promise<Loaded> =>
  loadAs(flags, thisMachine(flags), true)

/** What files said when they were read. */
export interface SavedFiles extends Required<Pick<LoadOptions, 'vars' | 'env'>> {
  readonly files: readonly {
    readonly name: string
    /** SHA-256 of the text. */
    readonly digest: string
    readonly text: string
  }[]
}

/** What files that were read elsewhere ask of a machine; a Failure (65) with all that is wrong with them. */
export const loadSaved = async (
  { files, vars, env }: SavedFiles,
  machine: Machine,
): Promise<Loaded> => {
  const result = await loadConfig({ files: [], texts: files, vars, env, machine })
  return finish(result, callerName({}, machine))
}

/** The files, with what all nodes share of them; a Failure (65) with all that is wrong with that. */
export const loadShared = async (flags: FileFlags): Promise<LoadedFiles> => {
  const result = await loadFiles(optionsOf(flags))
  if (!result.ok) throw refuse(result)
  return result
}

/**
 * What files ask for on one node; a Failure where that cannot be had.
 *
 * @param called what endpoints of services call it, where no cluster names it
 */
export const loadPart = (files: LoadedFiles, node: string, called: string): Loaded =>
  finish(sourceOf(files, node), called)

/** What files ask for on a machine; a Failure where that cannot be had. */
export const loadFor = async (files: LoadedFiles, machine: Machine): Promise<Loaded> =>
  finish(await sourceFor(files, { machine }), callerName({}, machine))

/** How many objects a node is to have. */
export const countObjects = (source: ConfigSource, node: string): number =>
  expandSource(source, node).resources.length
