import { lstat, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { writeAtomically } from '../kernel/state-files.ts'
import { exitCodes, Failure } from './failure.ts'
import { readStdin } from './load.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left',
  EEXIST: 'it is there already, and stays as it is: name another file',
  ENOTDIR: 'a part of its path is no folder',
}

/** Why a file cannot be read or written, in words. */
export const reasonOf = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? message
}

/**
 * The text of a document; - is standard input.
 *
 * @throws Error with the reason, for a person
 */
export const readDocument = async (file: string): Promise<string> => {
  if (file === '-') return Buffer.from(await readStdin()).toString('utf8')
  try {
    // A pipe would be waited for.
    const found = await stat(file)
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is no file')
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`cannot read ${file}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Whether something is in the place of a file that is none: a device, or a name for one. */
const isOther = async (path: string): Promise<boolean> => {
  try {
    return !(await lstat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/**
 * Uses the path of a file that may be put there: below its folder, whatever names that has.
 *
 * @param code of the Failure (1) where it may not, or where the use fails
 */
export const atPlaceOf = async <T>(
  file: string,
  code: string,
  use: (path: string) => Promise<T>,
): Promise<T> => {
  const fail = (reason: string): Failure =>
    new Failure(exitCodes.error, code, `cannot write ${file}: ${reason}`)
  try {
    const path = join(await realpath(dirname(file)), basename(file))
    if (await isOther(path)) throw fail('it is no regular file (- is standard output)')
    return await use(path)
  } catch (error) {
    throw error instanceof Failure ? error : fail(reasonOf(error))
  }
}

/** What tells a file, whatever it is called; undefined: there is none. */
const identify = async (file: string): Promise<string | undefined> => {
  try {
    const { dev, ino } = await stat(file)
    return `${String(dev)} ${String(ino)}`
  } catch {
    // What is not there, or not to be seen, is nobody's to lose; or it is found out when it is written.
    return undefined
  }
}

/** Whether a file is one of those that are read, whatever it is called. */
export const isInput = async (file: string, inputs: readonly string[]): Promise<boolean> => {
  const found = await identify(file)
  if (found === undefined) return false
  return (await Promise.all(inputs.map(identify))).includes(found)
}

/** Refuses (64) to put something in the place of a file that was read for it. */
export const requireNoInput = async (file: string, inputs: readonly string[]): Promise<void> => {
  if (!(await isInput(file, inputs))) return
  const message = `${file} is what this is made from, and would be lost: write to another file`
  throw new Failure(exitCodes.usage, 'usage', message)
}

/**
 * Writes a document, for nobody else to read: all of it, or nothing.
 *
 * @param code of the error where it cannot be written
 */
export const writeDocument = (file: string, document: object, code: string): Promise<void> =>
  atPlaceOf(file, code, (path) => writeAtomically(path, `${JSON.stringify(document, null, 2)}\n`))
