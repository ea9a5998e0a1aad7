import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../kernel/namespaces.ts'

const most = 3

/** Until a namespace that goes is gone, in milliseconds. */
const pause = 100

/**
 * Reads a node, which somebody may be changing: what goes while it is read fails the reading, and is not there
 * the next time.
 */
export const readSteadily = async <T>(read: () => Promise<T>, attempt = 1): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof NodeError) || error.code !== 'EIO' || attempt === most) throw error
    await sleep(pause)
    return readSteadily(read, attempt + 1)
  }
}
