import type { Drawings } from '../present/pipeline/drawings.ts'
import { drawFailure } from '../present/pipeline/failure.ts'
import type { Setting } from '../present/pipeline/finding.ts'
import { quote } from '../present/script.ts'
import type { Failure } from './failure.ts'
import { writeOutput } from './outputs.ts'
import type { Output } from './outputs.ts'
import { failureDocument, failureText } from './report.ts'

/** What a command has to say, in every format. */
export interface Rendition {
  /** For standard output as it is looked at, or for a file. */
  readonly text: (isFile: boolean) => string
  /** Undefined: it was printed as it came about. */
  readonly json: unknown
  readonly script?: (isFile: boolean) => string
  readonly drawings: Drawings
  /** What is on standard output in the place of it. */
  readonly printed?: string | undefined
}

const render = (rendition: Rendition, { format, file }: Output): string => {
  const { text, json, script, drawings, printed } = rendition
  if (file === undefined && printed !== undefined) return printed
  if (format === 'text') return text(file !== undefined)
  if (format === 'json') return json === undefined ? '' : `${JSON.stringify(json, null, 2)}\n`
  return format === 'script' ? (script?.(file !== undefined) ?? '') : drawings[format]()
}

/** Writes what was asked for, what is to be seen first. */
export const deliver = async (outputs: readonly Output[], rendition: Rendition): Promise<void> => {
  for (const output of outputs) await writeOutput(output.file, render(rendition, output))
}

/** A plan that there is none of. */
const failingScript = ({ message }: Failure): string =>
  `#!/bin/sh\nprintf '%s\\n' ${quote(message)} >&2\nexit 1\n`

/**
 * A command that failed: reports say so, and are not left as an earlier run wrote them. On standard output, the text
 * and the script are nothing, for the failure is told on standard error.
 */
export const failureRendition = (
  failure: Failure,
  command: string,
  setting: Setting,
): Rendition => {
  const { code, message, details } = failure
  const { diagnostics } = details
  return {
    text: (isFile) => (isFile ? failureText(failure) : ''),
    json: failureDocument(failure),
    script: (isFile) => (isFile ? failingScript(failure) : ''),
    drawings: drawFailure({ command, code, message, diagnostics }, setting),
  }
}
