import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { writeAtomically } from '../kernel/state-files.ts'
import type { Access } from '../kernel/state-files.ts'
import { pipelineFormats } from '../present/pipeline/drawings.ts'
import { exitCodes, Failure } from './failure.ts'
import { atPlaceOf } from './document-files.ts'

/** What a plan, a check and a validation can be had as. */
export const formats = ['text', 'json', ...pipelineFormats] as const

export type Format = (typeof formats)[number] | 'script'

/** One thing to write: in which format, and where to. */
export interface Output {
  readonly format: Format
  /** Undefined: standard output. */
  readonly file: string | undefined
}

export const formatFlag = {
  format: Flags.option({
    options: formats,
    default: 'text' as const,
    description: `how to print it: ${formats.join(', ')}`,
    helpValue: 'FORMAT',
  })(),
}

export const reportFlag = {
  report: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'write it in this format to a file, too (- is standard output)',
    helpValue: 'FORMAT=FILE',
  }),
}

const usage = (message: string): Failure => new Failure(exitCodes.usage, 'usage', message)

const parseReport = (text: string, known: readonly Format[]): Output => {
  const at = text.indexOf('=')
  const format = known.find((one) => one === text.slice(0, at))
  const file = text.slice(at + 1)
  if (format !== undefined && file !== '') return { format, file: file === '-' ? undefined : file }
  const choice = `a format is one of ${known.join(', ')}`
  throw usage(`--report takes FORMAT=FILE, not ${JSON.stringify(text)}: ${choice}`)
}

export interface OutputFlags {
  readonly json: boolean
  readonly format: Format
  readonly report?: readonly string[] | undefined
}

/**
 * All that is to be written, standard output first.
 *
 * @throws Failure (64) where that is not said
 */
export const outputsOf = (flags: OutputFlags, known: readonly Format[]): readonly Output[] => {
  if (flags.json && flags.format !== 'text' && flags.format !== 'json')
    throw usage(`--json is --format json: not beside --format ${flags.format}`)
  const reports = (flags.report ?? []).map((text) => parseReport(text, known))
  return [{ format: flags.json ? 'json' : flags.format, file: undefined }, ...reports]
}

const code = 'report'

/**
 * Finds out before anything is done that a file cannot be written (1), or that two would have one place (64).
 *
 * @param beside what is written by somebody else
 */
export const checkOutputs = async (
  outputs: readonly Output[],
  beside: string | undefined,
): Promise<void> => {
  const places = new Set<string>()
  for (const file of [beside === '-' ? undefined : beside, ...outputs.map(({ file }) => file)]) {
    if (file === undefined) continue
    await atPlaceOf(file, code, async (path) => {
      if (places.has(path)) throw usage(`two files go to ${file}`)
      places.add(path)
      await access(dirname(path), constants.W_OK)
    })
  }
}

/** Who reads reports is often not who writes them: as the umask has it, or as the file was. */
const accessTo = async (path: string): Promise<Access> => {
  try {
    return (await stat(path)).mode & 0o666
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'usual'
    throw error
  }
}

/** Writes a text where it is to go; a file as a whole, or not at all. */
export const writeOutput = async (file: string | undefined, text: string): Promise<void> => {
  if (file === undefined) {
    process.stdout.write(text)
    return
  }
  await atPlaceOf(file, code, async (path) => writeAtomically(path, text, await accessTo(path)))
}
