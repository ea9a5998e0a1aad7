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

/** What a failure is about, line by line. */
export interface Details {
  readonly diagnostics: readonly Diagnostic[]
  /** A file's text, to show the lines that the diagnostics are about. */
  readonly textOf: (file: string) => string | undefined
  /** Those of the configuration, where it is that which is wrong. */
  readonly files?: readonly string[]
}

/** Ends a command with a code, a text on standard error and, with --json, an error document. */
export class Failure extends Error {
  readonly exitCode: ExitCode
  readonly code: string
  readonly details: Details
  constructor(
    exitCode: ExitCode,
    code: string,
    message: string,
    details: Details = { diagnostics: [], textOf: () => undefined },
  ) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
    this.code = code
    this.details = details
  }
}

/** A node that does not allow the plan (1). */
export const noPlan = (diagnostics: Details['diagnostics'], textOf: Details['textOf']): Failure => {
  const count = diagnostics.length
  const message = `no plan: ${String(count)} problem${count === 1 ? '' : 's'} with this node; nothing was changed`
  return new Failure(exitCodes.error, 'no-plan', message, { diagnostics, textOf })
}
