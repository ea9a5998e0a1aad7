import { lstat, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Flags } from '@oclif/core'
import { parseSnapshot } from '../kernel/parse-snapshot.ts'
import { SnapshotError } from '../kernel/snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { writeAtomically } from '../kernel/state-files.ts'
import { exitCodes, Failure } from './failure.ts'

export const stateFlag = {
  state: Flags.string({
    description: 'plan for the node that this snapshot is of (show --snapshot), wherever that is',
    helpValue: 'FILE',
    exclusive: ['netns'],
  }),
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left',
  EEXIST: 'it is there already',
  ENOTDIR: 'a part of its path is no folder',
}

/** Why a file cannot be read or written, in words. */
export const reasonOf = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? message
}

/** @throws SnapshotError where there is none, or none that can be used */
export const readSnapshot = async (file: string): Promise<Snapshot> => {
  let text: string
  try {
    // A pipe would be waited for.
    const found = await stat(file)
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is no file')
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new SnapshotError('invalid', `cannot read ${file}: ${reasonOf(error)}`)
  }
  return parseSnapshot(text, file)
}

/** Whether something is in the place of a file that is none: a device, or a name for one. */
export const isOther = async (path: string): Promise<boolean> => {
  try {
    return !(await lstat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Writes a snapshot, for nobody else to read: all of it, or nothing. */
export const writeSnapshot = async (file: string, snapshot: Snapshot): Promise<void> => {
  const fail = (reason: string): Failure =>
    new Failure(exitCodes.error, 'snapshot', `cannot write ${file}: ${reason}`)
  try {
    const path = join(await realpath(dirname(file)), basename(file))
    if (await isOther(path)) throw fail('it is no regular file (- is standard output)')
    await writeAtomically(path, `${JSON.stringify(snapshot, null, 2)}\n`)
  } catch (error) {
    throw error instanceof Failure ? error : fail(reasonOf(error))
  }
}
