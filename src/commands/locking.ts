import { acquireLock, LockedError } from '../kernel/lock.ts'
import type { Lock } from '../kernel/lock.ts'
import type { Node } from '../kernel/namespaces.ts'
import { durationFlag } from './duration.ts'
import { exitCodes, Failure } from './failure.ts'

export const lockFlag = {
  'lock-timeout': durationFlag({
    description: 'how long to wait for another apply on this node to end; default not at all',
  }),
}

const take = async (node: Node, command: string, seconds: number): Promise<Lock> => {
  try {
    return await acquireLock(node, { command, timeout: seconds * 1000 })
  } catch (error) {
    if (!(error instanceof LockedError)) throw error
    const message = `${error.message}; nothing was changed (--lock-timeout 30s waits for it)`
    throw new Failure(exitCodes.locked, 'locked', message)
  }
}

/** Does what only one at a time may do on a node; a Failure (75) where another one is at it. */
export const withLock = async <T>(
  node: Node,
  command: string,
  seconds: number,
  work: (lock: Lock) => Promise<T>,
): Promise<T> => {
  const lock = await take(node, command, seconds)
  try {
    return await work(lock)
  } finally {
    await lock.release()
  }
}
