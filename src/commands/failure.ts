import type { Diagnostic } from '../config/diagnostics.ts'

/** The exit codes that scripts rely on: docs/commands.md has the same table. */
export const exitCodes = {
  done: 0,
  error: 1,
  differs: 2,
  rolledBack: 4,
  partApplied: 5,
  stale: 6,
  usage: 64,
  invalid: 65,
  locked: 75,
  missing: 77,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with a code, a text on standard error and, with --json, an error document. */
export class Failure extends Error {
  readonly exitCode: ExitCode
  readonly code: string
  readonly diagnostics: readonly Diagnostic[]
  /** A file's text, to show the lines that the diagnostics are about. */
  readonly textOf: (file: string) => string | undefined
  constructor(
    exitCode: ExitCode,
    code: string,
    message: string,
    diagnostics: readonly Diagnostic[] = [],
    textOf: (file: string) => string | undefined = () => undefined,
  ) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
    this.code = code
    this.diagnostics = diagnostics
    this.textOf = textOf
  }
}
