import { constants } from 'node:fs'
import { open } from './files.ts'
import type { OpenFile } from './files.ts'
import { NodeError } from './namespaces.ts'
import { run } from './run.ts'

const conflict = 75

/**
 * Locks an open file (flock(2)). Node has no call for it, so flock(1) does it: the lock is on the open file, not on
 * the process that asked for it, so that flock ends and we keep it, until the last that has the file open is no more.
 *
 * @param timeout how long to wait for it, in milliseconds
 * @returns whether it is ours now
 */
export const flock = async (file: OpenFile, timeout: number): Promise<boolean> => {
  const wait = timeout > 0 ? ['-w', String(timeout / 1000)] : ['-n']
  const argv = ['flock', ...wait, '-E', String(conflict), '3']
  const { code, stderr } = await run({ argv, inherit: file.fd })
  if (code !== 0 && code !== conflict) throw new Error(`cannot lock: ${stderr.trim()}`)
  return code === 0
}

const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants

/** Opens a file to lock, and makes it where there is none. It is never removed: who has it open would lock nobody out. */
export const openLockFile = (path: string): Promise<OpenFile> =>
  open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)

/** Does what only one may do at a time. */
export const withFlock = async <T>(
  path: string,
  timeout: number,
  work: () => Promise<T>,
): Promise<T> => {
  const file = await openLockFile(path)
  try {
    if (!(await flock(file, timeout))) throw new NodeError(`${path} is locked`, 'EBUSY')
    return await work()
  } finally {
    await file.close()
  }
}
