import * as Errors from '@oclif/core/errors'
import { findNearest, quote } from '../config/words.ts'
import { exitCodes, Failure } from './failure.ts'

/** What is looked at of a command. */
interface Told {
  readonly hidden?: boolean
  readonly flags?: object
  readonly baseFlags?: object
}

type Commands = Readonly<Record<string, Told>>

/** What other tools call what we have under another name. */
const commandsElsewhere: ReadonlyMap<string, string> = new Map([
  ['diff', 'plan'],
  ['drift', 'check'],
  ['snapshot', 'show --snapshot FILE'],
  ['try', 'apply --confirm-within 60s'],
  ['undo', 'rollback'],
  ['version', '--version'],
])

const flagsElsewhere: ReadonlyMap<string, string> = new Map([
  ['force', 'auto-approve'],
  ['y', 'auto-approve'],
  ['yes', 'auto-approve'],
  ['o', 'out'],
  ['out', 'output'],
  ['output', 'out'],
])

/** For what there is a command of its own. */
const dryRuns: ReadonlySet<string> = new Set(['check', 'diff', 'dry-run'])

const flagsOf = ({ flags, baseFlags }: Told): readonly string[] =>
  Object.keys({ ...baseFlags, ...flags })

const noCommand = (word: string, commands: Commands): string => {
  const names = Object.keys(commands).filter((name) => commands[name]?.hidden !== true)
  const meant = commandsElsewhere.get(word) ?? findNearest(word, names)
  const hint =
    meant === undefined ? 'netplan --help lists what there is' : `did you mean "netplan ${meant}"?`
  return `there is no command ${quote(word)}: ${hint}`
}

const argumentHint = (word: string, command: string, flags: readonly string[]): string => {
  if (flags.includes('file')) return `a configuration is given by -f ${word}`
  if (flags.includes('output')) return `what is written is given by -o ${word}`
  return `netplan ${command} --help tells what it takes`
}

const flagHint = (word: string, command: string, names: readonly string[]): string => {
  if (dryRuns.has(word) && command !== 'plan') return '"netplan plan" shows what would be done'
  const elsewhere = flagsElsewhere.get(word) ?? ''
  // Terraform's flags have one hyphen.
  const meant = [elsewhere, word].find((one) => names.includes(one)) ?? findNearest(word, names)
  return meant === undefined
    ? `netplan ${command} --help lists what there is`
    : `did you mean --${meant}?`
}

/**
 * What oclif does not know of a command line, and what was perhaps meant by it; any other error as it is.
 *
 * @param argv the command line
 */
export const explainMisuse = (
  error: unknown,
  [command = '', word = '']: readonly string[],
  commands: Commands,
): unknown => {
  if (!(error instanceof Errors.CLIError)) return error
  const usage = (message: string): Failure => new Failure(exitCodes.usage, 'usage', message)
  const told = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (/^command [^]* not found$/.test(error.message)) {
    if (!told) return usage(noCommand(command, commands))
    const hint = argumentHint(word, command, flagsOf(told))
    return usage(`${command} takes no argument ${quote(word)}: ${hint}`)
  }
  const { flags: [flag] = [] } = error as { readonly flags?: readonly string[] }
  if (flag === undefined || !told) return error
  const name = flag.replace(/=[^]*$/, '')
  const hint = flagHint(name.replace(/^-+/, ''), command, flagsOf(told))
  return usage(`${command} has no flag ${name}: ${hint}`)
}
