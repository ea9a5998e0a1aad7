import { join } from 'node:path'
import type { OpenFile } from './files.ts'
import { flock, openLockFile } from './flock.ts'
import { lockFile, openStateDirectory } from './state.ts'
import type { NodeId } from './state.ts'

/** Who has a lock, as it says itself. */
export interface Holder {
  readonly pid: number
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

/** Somebody else has the lock. */
export class LockedError extends Error {
  readonly holder: Holder | undefined
  constructor(holder: Holder | undefined) {
    const who = holder
      ? `${holder.command} (pid ${String(holder.pid)}, since ${holder.since})`
      : 'another process'
    super(`another apply is at work on this node: ${who}`)
    this.name = 'LockedError'
    this.holder = holder
  }
}

/** One apply at a time on one node. */
export interface Lock {
  /** The open file that the lock is on: what has it open has the lock. */
  readonly fd: number
  release(): Promise<void>
}

/** The holder; undefined where it has not said yet, or where it was killed while saying. */
const readHolder = async (file: OpenFile): Promise<Holder | undefined> => {
  const text = (await file.read(4096, 0)).toString()
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

/** For the message alone: on a full disk there is none, and the lock holds all the same. */
const writeHolder = async (file: OpenFile, command: string): Promise<void> => {
  const holder: Holder = { pid: process.pid, command, since: new Date().toISOString() }
  const text = `${JSON.stringify(holder)}\n`
  try {
    await file.writeFile(text)
    await file.truncate(Buffer.byteLength(text))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

/**
 * Takes the lock of a node, which any death of ours gives back: the kernel has it (flock(2)).
 *
 * @param timeout how long to wait for it, in milliseconds
 * @throws LockedError where somebody else has it
 */
export const acquireLock = async (
  node: NodeId,
  { command, timeout = 0 }: { readonly command: string; readonly timeout?: number },
): Promise<Lock> => {
  const path = join(await openStateDirectory(node), lockFile)
  const file = await openLockFile(path)
  try {
    if (!(await flock(file, timeout))) throw new LockedError(await readHolder(file))
    await writeHolder(file, command)
  } catch (error) {
    await file.close()
    throw error
  }
  return { fd: file.fd, release: () => file.close() }
}
