import type { Stats } from 'node:fs'

/** What lies where we keep our notes may be of somebody else, so that it is neither read nor written. */
export class UnsafeStateError extends Error {
  readonly path: string
  constructor(path: string, reason: string, remedy = 'look at it, and remove it') {
    super(`${path} ${reason}, so that it is not to be trusted: ${remedy}`)
    this.name = 'UnsafeStateError'
    this.path = path
  }
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Root may write whatever it likes anyway. */
const isTrusted = (uid: number): boolean => uid === 0 || uid === process.geteuid?.()

const writableByOthers = 0o022

/** Why the owner or the mode of a file keeps it from being trusted; undefined: it is. */
export const findDistrust = ({ uid, mode }: Stats): string | undefined => {
  if (!isTrusted(uid)) return `belongs to the user ${String(uid)}`
  return (mode & writableByOthers) === 0
    ? undefined
    : `may be written by others (mode ${(mode & 0o7777).toString(8)})`
}
