import type { Revision } from '../sources/source.ts'
import type { LastGood } from './last-good.ts'
import type { Logger } from './log.ts'
import type { Round } from './loop.ts'

/** What was kept, where it can be read: the source says it all anew. */
export const readLastGood = async (
  lastGood: LastGood,
  log: Logger,
): Promise<Revision | undefined> => {
  try {
    return await lastGood.read()
  } catch (error) {
    log.warn({ error: String(error) }, 'the last good configuration cannot be read')
    return undefined
  }
}

/** Keeps what a node was brought to: a disk that is full does not keep it from being brought there. */
export const remembering =
  (round: Round, lastGood: LastGood, log: Logger): Round =>
  async (revision) => {
    const outcome = await round(revision)
    if (outcome.kind === 'applied' || outcome.kind === 'inSync')
      await lastGood.write(revision).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the last good configuration cannot be kept')
      })
    return outcome
  }
