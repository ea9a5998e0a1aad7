import type { Command } from '@oclif/core/command'
import type { Interfaces } from '@oclif/core'
import * as Errors from '@oclif/core/errors'
import { commands } from './index.ts'

/** All that our commands, and oclif's parser, ask of oclif's Config: making a true one takes as long as a start of Node. */
const frame = (root: string, { name, version, oclif }: Interfaces.PJSON): Command['config'] => {
  const runHook = (): Promise<object> => Promise.resolve({ successes: [], failures: [] })
  const { bin = name } = oclif
  return { name, version, root, bin, runHook } as unknown as Command['config']
}

const isCommand = (word = ''): word is keyof typeof commands => Object.hasOwn(commands, word)

/** As oclif asks it: anywhere in front of `--`, also where it would be the value of a flag. */
const asksForHelp = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? argv.length : end).includes('--help')
}

/**
 * Runs a command whose name comes first, by oclif's parser alone.
 *
 * @returns false: it takes the whole of oclif, to help or to say what is wrong with the command line. Nothing
 *   was done, since a command parses before all else
 */
export const dispatch = async (
  [name, ...argv]: readonly string[],
  root: string,
  pjson: Interfaces.PJSON,
): Promise<boolean> => {
  if (!isCommand(name) || asksForHelp(argv)) return false
  const Chosen = commands[name]
  try {
    await new Chosen(argv, frame(root, pjson)).run()
    return true
  } catch (error) {
    if (error instanceof Errors.CLIError) return false
    throw error
  }
}
