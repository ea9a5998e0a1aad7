import { setTimeout as sleep } from 'node:timers/promises'
import { makeAlarm } from '../sources/alarm.ts'

/** Why a round is made. */
export type Reason = 'source' | 'node' | 'resync' | 'reload' | 'retry'

export interface Timing {
  /** Between two looks at a node where nothing happens, in milliseconds; a tenth more or less, so that a fleet does not look at once. */
  readonly resync: number
  /** For which what happens is collected, in milliseconds. */
  readonly coalesce: number
  /** The first wait behind a failure, and the longest, in milliseconds: it doubles, and is drawn between nothing and that. */
  readonly backOff: readonly [number, number]
}

/** Of these the one who makes them waits to see something happen: they are never put off. */
const isUrgent = (reason: Reason): boolean => reason === 'source' || reason === 'reload'

/** After a look that took so long, others are looked after so many times as long: a node that never rests is not looked at all the time. */
export const rest = 10

/** A tenth more or less. */
export const vary = (milliseconds: number): number => milliseconds * (0.9 + Math.random() / 5)

export interface Schedule {
  failures: number
  /** When to look although nothing happened, or to try again, in milliseconds as performance.now() counts. */
  due: number
  /** Before that, what moves on the node waits. */
  restUntil: number
}

/** What waits to be looked after. */
export interface Inbox {
  put(reason: Reason): void
  /** Waits until there is something to do, and why; nothing where all is to end. */
  next(schedule: Schedule): Promise<readonly Reason[]>
}

export const openInbox = ({
  timing,
  signal,
}: {
  readonly timing: Timing
  readonly signal: AbortSignal
}): Inbox => {
  const reasons = new Set<Reason>()
  const alarm = makeAlarm()
  const takeAll = (): readonly Reason[] => {
    const all = [...reasons]
    reasons.clear()
    return all
  }
  const isReady = ({ failures, restUntil }: Schedule): boolean =>
    [...reasons].some(isUrgent) ||
    (reasons.has('node') && failures === 0 && performance.now() >= restUntil)
  const until = ({ failures, due, restUntil }: Schedule): number =>
    reasons.has('node') && failures === 0 ? Math.min(due, restUntil) : due
  const next = async (schedule: Schedule): Promise<readonly Reason[]> => {
    while (!signal.aborted) {
      if (isReady(schedule)) {
        await sleep(timing.coalesce, undefined, { signal }).catch(() => reasons.clear())
        return takeAll()
      }
      if (performance.now() >= schedule.due) {
        takeAll()
        return [schedule.failures > 0 ? 'retry' : 'resync']
      }
      await alarm.wait(Math.max(1, until(schedule) - performance.now()), signal)
    }
    return []
  }
  return {
    put: (reason) => {
      reasons.add(reason)
      alarm.ring()
    },
    next,
  }
}
