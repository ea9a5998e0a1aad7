import { dirname, basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deadlineOf, isOpenEnded, isSame, openJournal, readJournal } from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import { rollBack } from '../apply/rollback.ts'
import { acquireLock, LockedError } from '../kernel/lock.ts'
import type { Lock } from '../kernel/lock.ts'
import type { Node } from '../kernel/namespaces.ts'
import { isAlive, ownProcess } from '../kernel/processes.ts'
import { writeAtomically } from '../kernel/state-files.ts'
import { openWriter } from '../kernel/writer.ts'
import { openWayBack } from './wayback.ts'

// What follows runs alone, when nobody may be there any more: it prints nothing, and what it does stands in
// the journal.

/** Where a watchdog says that it watches. */
export const watchPath = (journal: string): string => `${journal}.watch`

/** How often it looks whether it is still needed, in milliseconds. */
const interval = 250

export interface WatchOptions {
  /** How long an apply may write nothing down before it counts as hung, in milliseconds. */
  readonly patience?: number
}

type Verdict = 'wait' | 'done' | 'roll back'

/**
 * @param quiet for how long the apply has written nothing, in milliseconds
 * @param patience how long it may
 */
const judge = async (journal: Journal, quiet: number, patience: number): Promise<Verdict> => {
  const { state } = journal.last
  if (state === 'running' || state === 'rollingBack') {
    if (!(await isAlive(journal.header.process))) return 'roll back'
    return quiet > patience ? 'roll back' : 'wait'
  }
  const deadline = deadlineOf(journal)
  if (!deadline) return 'done'
  return deadline.getTime() <= Date.now() ? 'roll back' : 'wait'
}

/** The time until the next look: not beyond the deadline. */
const pause = (journal: Journal): number => {
  const left = (deadlineOf(journal)?.getTime() ?? Infinity) - Date.now()
  return Math.max(0, Math.min(interval, left))
}

/**
 * An apply that stands still has the lock, and is ended. That it writes nothing down is that it does nothing;
 * and behind its end it only says so, perhaps to a terminal that takes nothing any more.
 */
const endHung = async ({ header }: Journal): Promise<void> => {
  if (await isAlive(header.process)) process.kill(header.process.pid, 'SIGKILL')
}

const takeLock = async (node: Node, journal: Journal): Promise<Lock> => {
  for (;;) {
    try {
      return await acquireLock(node, { command: 'netplan watchdog', timeout: 1000 })
    } catch (error) {
      if (!(error instanceof LockedError)) throw error
    }
    await endHung(journal)
  }
}

const undo = async (node: Node, first: Journal): Promise<void> => {
  const lock = await takeLock(node, first)
  try {
    const journal = await readJournal(first.path)
    // Confirmed, or rolled back, at the last moment.
    if (!isSame(first, journal)) return
    if (!isOpenEnded(journal) && !deadlineOf(journal)) return
    await rollBack('not confirmed', {
      ...openWayBack(node, journal.header),
      writer: openWriter({ lock }),
      journal: openJournal(journal.path),
    })
  } finally {
    await lock.release()
  }
}

/** Says that somebody watches. */
const announce = async (path: string): Promise<void> =>
  writeAtomically(watchPath(path), `${JSON.stringify(await ownProcess())}\n`)

/**
 * Watches over an apply until it is confirmed or rolled back, and rolls it back where it is not confirmed
 * in time, or its program is no more.
 *
 * @param path of its journal
 */
export const watchOver = async (
  node: Node,
  path: string,
  { patience = 30_000 }: WatchOptions = {},
): Promise<void> => {
  const first = await readJournal(path)
  if (!first) throw new Error(`there is no journal ${basename(path)} in ${dirname(path)}`)
  await announce(path)
  let seen = first.count
  let since = Date.now()
  for (;;) {
    const journal = await readJournal(path)
    if (!isSame(first, journal)) return
    if (journal.count !== seen) [seen, since] = [journal.count, Date.now()]
    const verdict = await judge(journal, Date.now() - since, patience)
    if (verdict === 'done') return
    if (verdict === 'roll back') return undo(node, journal)
    await sleep(pause(journal))
  }
}
