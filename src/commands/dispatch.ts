import type { Command } from '@oclif/core/command'
import type { Interfaces } from '@oclif/core'
import * as Errors from '@oclif/core/errors'
import type { Answers } from '../kernel/answers.ts'
import { noChanges } from '../present/nothing.ts'
import type { offline } from './offline.ts'

/** All that our commands, and oclif's parser, ask of oclif's Config: making a true one takes as long as a start of Node. */
const frame = (root: string, { name, version, oclif }: Interfaces.PJSON): Command['config'] => {
  const runHook = (): Promise<object> => Promise.resolve({ successes: [], failures: [] })
  const { bin = name } = oclif
  return { name, version, root, bin, runHook } as unknown as Command['config']
}

/** Their names, for which none of them is loaded. */
const isOffline: Readonly<Record<keyof typeof offline, true>> = {
  explain: true,
  render: true,
  schema: true,
  validate: true,
}

type Chosen = new (
  argv: string[],
  config: Command['config'],
) => { run(answers?: Answers): Promise<void> }

/** A command by its name; undefined where there is none. Loads no more of the program than it takes. */
const load = async (name: string): Promise<Chosen | undefined> => {
  const known: Readonly<Record<string, Chosen>> = Object.hasOwn(isOffline, name)
    ? (await import('./offline.ts')).offline
    : (await import('./index.ts')).commands
  return Object.hasOwn(known, name) ? known[name] : undefined
}

/** As oclif asks it: anywhere in front of `--`, also where it would be the value of a flag. */
const asksForHelp = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? argv.length : end).includes('--help')
}

/** A plan may be known, or some of what it takes. */
const lookQuickly = async (name: string, argv: string[], { version }: Interfaces.PJSON) =>
  name === 'plan' ? (await import('./quick.ts')).lookQuickly(argv, version) : undefined

export interface Program {
  /** The folder of package.json. */
  readonly root: string
  readonly pjson: Interfaces.PJSON
  /** Called when all is loaded that a command takes. */
  loaded(): void
}

/**
 * Runs a command whose name comes first, by oclif's parser alone.
 *
 * @returns false: it takes the whole of oclif, to help or to say what is wrong with the command line. Nothing
 *   was done, since a command parses before all else
 */
export const dispatch = async (
  [name = '--help', ...argv]: readonly string[],
  { root, pjson, loaded }: Program,
): Promise<boolean> => {
  if (asksForHelp([name, ...argv])) return false
  const looked = await lookQuickly(name, argv, pjson)
  if (looked?.isEmpty) {
    loaded()
    process.stdout.write(`${noChanges}\n`)
    return true
  }
  const Chosen = await load(name)
  if (!Chosen) return false
  loaded()
  try {
    await new Chosen(argv, frame(root, pjson)).run(looked?.answers)
    return true
  } catch (error) {
    if (error instanceof Errors.CLIError) return false
    throw error
  }
}
