import { DEFAULT_FILE, readFiles } from '../config/files.ts'
import type { Answers } from '../kernel/answers.ts'
import { handOn } from '../kernel/hand-on.ts'
import { patientAnswers } from '../kernel/live.ts'
import { inputsOf, stillStands } from './standing.ts'

/** What a plan is asked for by, where that is told without a parser. */
interface QuickFlags {
  file: string[]
  var: string[]
  node?: string
  netns?: string
  iptables?: string
}

const aliases: Readonly<Record<string, string>> = { '-f': '--file' }

const lists = ['--file', '--var'] as const
const singles = ['--node', '--netns', '--iptables'] as const

/** They change the exit code, or the colour, of a plan with changes alone. */
const idle: ReadonlySet<string> = new Set(['--detailed-exitcode', '--no-color'])

const isOneOf = <T extends string>(names: readonly T[], name: string): name is T =>
  (names as readonly string[]).includes(name)

const take = (flags: QuickFlags, name: string, value: string): boolean => {
  if (isOneOf(lists, name)) flags[name.slice(2) as 'file' | 'var'].push(value)
  else if (isOneOf(singles, name)) flags[name.slice(2) as 'node' | 'netns' | 'iptables'] = value
  else return false
  return true
}

/** The flags; undefined where they are others than these, or are written otherwise: that is for oclif's parser. */
export const readQuickFlags = (argv: readonly string[]): QuickFlags | undefined => {
  const { NETPLAN_NETNS: netns, NETPLAN_IPTABLES: iptables } = process.env
  const flags: QuickFlags = {
    file: [],
    var: [],
    ...(netns === undefined ? {} : { netns }),
    ...(iptables === undefined ? {} : { iptables }),
  }
  const words = argv.filter((word) => !idle.has(word))
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = words.slice(at, at + 2)
    if (value === '' || value.startsWith('-')) return undefined
    if (!take(flags, aliases[name] ?? name, value)) return undefined
  }
  return flags
}

const neverAsked = (): never => {
  throw new Error('standard input is for the parser')
}

/** What is known before anything is planned. */
interface QuickLook {
  /** That the plan is empty. */
  readonly isEmpty: boolean
  /** What the node said just now, for the plan that has to be made. */
  readonly answers?: Answers
}

const unknown: QuickLook = { isEmpty: false }

/**
 * Looks whether a plan is known to be empty. Whatever is in the way of that is no error: the command itself says what
 * is wrong.
 */
export const lookQuickly = async (argv: readonly string[], version: string): Promise<QuickLook> => {
  const flags = readQuickFlags(argv)
  if (!flags) return unknown
  try {
    const names = flags.file.length > 0 ? flags.file : [DEFAULT_FILE]
    const options = { files: names, readStdin: neverAsked, cwd: process.cwd() }
    const { files: texts, diagnostics } = await readFiles(options)
    if (diagnostics.length > 0) return unknown
    const { first, second } = handOn(patientAnswers)
    const isEmpty = await stillStands(inputsOf(version, texts, flags), undefined, first)
    return { isEmpty, answers: second }
  } catch {
    return unknown
  }
}
