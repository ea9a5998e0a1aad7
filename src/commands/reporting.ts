import { DEFAULT_FILE } from '../config/files.ts'
import { shownName } from '../config/source.ts'
import type { Setting } from '../present/pipeline/finding.ts'
import { drawValidation } from '../present/pipeline/validation.ts'
import { isInput, requireNoInput } from './document-files.ts'
import type { Failure } from './failure.ts'
import type { FileFlags } from './load.ts'
import { checkOutputs, outputsOf } from './outputs.ts'
import type { Format, Output, OutputFlags } from './outputs.ts'
import { deliver, failureRendition } from './rendition.ts'
import type { Rendition } from './rendition.ts'
import { failureText, toFailure } from './report.ts'

/** What was asked for, and of which command. */
export interface Request {
  readonly command: string
  readonly version: string
  readonly flags: OutputFlags & FileFlags & { readonly state?: string | undefined }
  readonly known: readonly Format[]
  /** A file that is written beside the reports. */
  readonly beside?: string | undefined
}

/** Where a report on these files is made. */
export type About = (files: readonly string[]) => Setting

const namesOf = ({ file = [] }: FileFlags): readonly string[] =>
  file.length > 0 ? file.map(shownName) : [DEFAULT_FILE]

/** What is wrong with files is what a validation is for. */
const renditionOf = (failure: Failure, { command }: Request, setting: Setting): Rendition => {
  const rendition = failureRendition(failure, command, setting)
  const { diagnostics, files } = failure.details
  if (command !== 'validate' || !files) return rendition
  const document = { valid: false, files, objects: 0, diagnostics }
  return { ...rendition, drawings: drawValidation(document, setting) }
}

/** With --json, a failure is printed by who ends the program. */
const isToldLater = ({ format, file }: Output, { flags }: Request): boolean =>
  flags.json && format === 'json' && file === undefined

/** Refuses (64) to write over what was read. */
const requireApart = async (
  outputs: readonly Output[],
  inputs: readonly string[],
): Promise<void> => {
  for (const { file } of outputs) if (file !== undefined) await requireNoInput(file, inputs)
}

const withoutInputs = async (
  outputs: readonly Output[],
  inputs: readonly string[],
): Promise<readonly Output[]> => {
  const isKept = await Promise.all(
    outputs.map(async ({ file }) => file === undefined || !(await isInput(file, inputs))),
  )
  return outputs.filter((_, index) => isKept[index])
}

/** What went wrong first is what the command ends with. */
const deliverFailure = async (outputs: readonly Output[], rendition: Rendition): Promise<void> => {
  try {
    await deliver(outputs, rendition)
  } catch (error) {
    process.stderr.write(failureText(toFailure(error)))
  }
}

/**
 * Runs a command that has reports, and writes them: what it comes to, or why it failed. Nothing is begun where a report
 * has no place to go.
 */
export const reporting = async (
  request: Request,
  produce: (about: About) => Promise<Rendition>,
): Promise<void> => {
  const { flags, known, version } = request
  const outputs = outputsOf(flags, known)
  await checkOutputs(outputs, request.beside)
  let read = namesOf(flags)
  const about: About = (files) => {
    read = files
    return { version, cwd: process.cwd(), files }
  }
  let rendition: Rendition
  try {
    await requireApart(outputs, [...read, flags.state ?? ''])
    rendition = await produce(about)
    // A folder may hold more files than it seemed.
    await requireApart(outputs, read)
  } catch (error) {
    const failure = toFailure(error)
    const setting = about(failure.details.files ?? read)
    const inputs = [...(failure.details.files ?? []), ...read, flags.state ?? '']
    const left = (await withoutInputs(outputs, inputs)).filter(
      (output) => !isToldLater(output, request),
    )
    await deliverFailure(left, renditionOf(failure, request, setting))
    throw error
  }
  await deliver(outputs, rendition)
}
