import { STDIN_NAME } from '../config/source.ts'
import type { Setting } from '../present/pipeline/finding.ts'
import { drawValidation } from '../present/pipeline/validation.ts'
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
  readonly flags: OutputFlags & FileFlags
  readonly known: readonly Format[]
}

/** Where a report on these files is made. */
export type About = (files: readonly string[]) => Setting

const namesOf = ({ file = [] }: FileFlags): readonly string[] =>
  file.length > 0 ? file.map((name) => (name === '-' ? STDIN_NAME : name)) : ['netplan.yaml']

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
  await checkOutputs(outputs)
  let read = namesOf(flags)
  const about: About = (files) => {
    read = files
    return { version, cwd: process.cwd(), files }
  }
  let rendition: Rendition
  try {
    rendition = await produce(about)
  } catch (error) {
    const failure = toFailure(error)
    const setting = about(failure.details.files ?? read)
    const left = outputs.filter((output) => !isToldLater(output, request))
    await deliverFailure(left, renditionOf(failure, request, setting))
    throw error
  }
  await deliver(outputs, rendition)
}
