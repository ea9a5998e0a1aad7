import { exitCodes, Failure } from '../commands/failure.ts'
import { NodeError } from '../kernel/namespaces.ts'
import { StartError } from '../kernel/run.ts'
import { CniError, codes } from './errors.ts'

const detailsOf = ({ details }: Failure): string =>
  details.diagnostics.map(({ message }) => message).join('; ')

/** What went wrong, as the specification has it. */
export const explain = (error: unknown): CniError => {
  if (error instanceof CniError) return error
  if (error instanceof Failure) {
    const code = error.exitCode === exitCodes.locked ? codes.tryAgainLater : codes.failed
    return new CniError(code, error.message, detailsOf(error))
  }
  if (error instanceof StartError)
    return new CniError(codes.failed, `${error.program} cannot be started`, error.code)
  if (error instanceof NodeError) return new CniError(codes.failed, error.message, error.code)
  if (error instanceof Error && 'code' in error)
    return new CniError(codes.io, error.message, String(error.code))
  return new CniError(999, error instanceof Error ? error.message : String(error))
}
