import { escapeControls } from '../net/controls.ts'
import * as Errors from '@oclif/core/errors'
import { formatDiagnostics } from '../config/frame.ts'
import { SnapshotError } from '../kernel/snapshot.ts'
import { exitCodes, Failure } from './failure.ts'
import { nodeFailure } from './node-failure.ts'

const fromSnapshot = ({ code, message }: SnapshotError): Failure =>
  code === 'lacking'
    ? new Failure(exitCodes.error, 'snapshot-lacking', message)
    : new Failure(exitCodes.invalid, 'invalid-snapshot', message)

/** What oclif says of a command line comes wrapped in lines that tell nothing. */
const plainUsage = (message: string): string =>
  message
    .replace(/\nSee more help.*$/, '')
    .replace(/^Parsing (--\S+) \n\t/, '$1: ')
    .replace(/^The following errors? occurred:\n\s*/, '')
    .replaceAll(/(--\S+)=true /g, '$1 ')

/** Any error, as the failure that the exit code table has for it. */
export const toFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  const ofNode = nodeFailure(error)
  if (ofNode) return ofNode
  if (error instanceof SnapshotError) return fromSnapshot(error)
  // oclif's own errors are all about the command line; their codes collide with ours.
  if (error instanceof Errors.CLIError)
    return new Failure(exitCodes.usage, 'usage', plainUsage(error.message))
  const { code, message, stack } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure(
      exitCodes.missing,
      'missing-privilege',
      `${message} (are you root? try sudo)`,
    )
  }
  const detail = process.env['NETPLAN_DEBUG'] === undefined ? message : (stack ?? message)
  return new Failure(exitCodes.error, 'internal', `internal error: ${detail}`)
}

/** What went wrong, as a person reads it. */
export const failureText = ({ message, details: { diagnostics, textOf } }: Failure): string => {
  const found = diagnostics.length > 0 ? `${formatDiagnostics(diagnostics, textOf)}\n\n` : ''
  return `${found}netplan: ${escapeControls(message)}\n`
}

/** The same as data. */
export const failureDocument = ({ code, message, details: { diagnostics } }: Failure): object => ({
  error: { code, message, diagnostics },
})

/** Says what went wrong, in the form that was asked for, and sets the exit code. */
export const reportError = (error: unknown, json: boolean): void => {
  const failure = toFailure(error)
  process.exitCode = failure.exitCode
  if (json) process.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`)
  else process.stderr.write(failureText(failure))
}
