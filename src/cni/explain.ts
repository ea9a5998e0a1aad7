import { exitCodes, Failure } from '../commands/failure.ts'
import { nodeFailure } from '../commands/node-failure.ts'
import { LockedError } from '../kernel/lock.ts'
import { CniError, codes } from './errors.ts'

const detailsOf = ({ details }: Failure): string =>
  details.diagnostics.map(({ message }) => message).join('; ')

const fromFailure = (failure: Failure): CniError => {
  const code = failure.exitCode === exitCodes.locked ? codes.tryAgainLater : codes.failed
  return new CniError(code, failure.message, detailsOf(failure))
}

/** What went wrong, as the specification has it. */
export const explain = (error: unknown): CniError => {
  if (error instanceof CniError) return error
  const failure = error instanceof Failure ? error : nodeFailure(error)
  if (failure) return fromFailure(failure)
  if (error instanceof LockedError) return new CniError(codes.tryAgainLater, error.message)
  if (error instanceof Error && 'code' in error)
    return new CniError(codes.io, error.message, String(error.code))
  return new CniError(codes.bug, error instanceof Error ? error.message : String(error))
}

/** What is undone after an error; that it could not be is told behind the error, which stays what it is. */
export const afterwards = async (error: unknown, undo: () => Promise<void>): Promise<CniError> => {
  const first = explain(error)
  try {
    await undo()
    return first
  } catch (second) {
    const { message, details } = explain(second)
    const told = ['then', message, details].filter((part) => part !== '').join(': ')
    const all = [first.details, told].filter((part) => part !== '').join('; ')
    return new CniError(first.code, first.message, all)
  }
}
