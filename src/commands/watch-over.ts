import { dirname, basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isOpenEnded, isSame, openJournal, readJournal, secondsLeft } from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import { rollBack } from '../apply/rollback.ts'
import { acquireLock, LockedError } from '../kernel/lock.ts'
import type { Lock } from '../kernel/lock.ts'
import type { Node } from '../kernel/namespaces.ts'
import { isAlive } from '../kernel/processes.ts'
import { openWriter } from '../kernel/writer.ts'
import { announceWatch } from './watch-file.ts'
import { openWayBack } from './wayback.ts'

// What follows runs alone, when nobody may be there any more: it prints nothing, and what it does stands in
// the journal.

/** How often it looks whether it is still needed, in milliseconds. */
const interval = 250

/** Between two attempts, where something kept it from looking or from going back: a full disk, no memory. */
const rest = 1000

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
  const left = secondsLeft(journal)
  if (left === undefined) return 'done'
  return left <= 0 ? 'roll back' : 'wait'
}

/** The time until the next look: not beyond the deadline. */
const pause = (journal: Journal): number =>
  Math.max(0, Math.min(interval, (secondsLeft(journal) ?? Infinity) * 1000))

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

/** Goes back, unless it was confirmed at the last moment; returns whether there is nothing left to do. */
const undo = async (node: Node, first: Journal): Promise<boolean> => {
  const lock = await takeLock(node, first)
  try {
    const journal = await readJournal(first.path)
    if (!isSame(first, journal) || !isOpenEnded(journal)) return true
    const { complete } = await rollBack('not confirmed', {
      ...openWayBack(node, journal.header),
      writer: openWriter({ lock }),
      journal: openJournal(journal.path),
    })
    return complete
  } finally {
    await lock.release()
  }
}

/** How often it tries: what keeps it from going back may pass, and there is nobody else. */
const mostAttempts = 100

const undoPatiently = async (node: Node, first: Journal): Promise<void> => {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    if (await undo(node, first)) return
    await sleep(rest)
  }
}

/** What it saw of a journal: how far that was, and since when, by a clock that never leaps. */
interface Sight {
  readonly count: number
  readonly since: number
}

/** Looks once; returns what it saw, or nothing when there is nothing left to watch over. */
const lookOnce = async (
  node: Node,
  first: Journal,
  sight: Sight,
  { patience = 30_000 }: WatchOptions,
): Promise<Sight | undefined> => {
  const journal = await readJournal(first.path)
  if (!isSame(first, journal)) return undefined
  const { count } = journal
  const now = performance.now()
  const seen = count === sight.count ? sight : { count, since: now }
  const verdict = await judge(journal, now - seen.since, patience)
  if (verdict === 'wait') {
    await sleep(pause(journal))
    return seen
  }
  if (verdict === 'roll back') await undoPatiently(node, journal)
  return undefined
}

/**
 * Watches over an apply until it is confirmed or rolled back, and rolls it back where it is not confirmed
 * in time, or its program is no more. Nothing that goes wrong ends it before.
 *
 * @param path of its journal
 */
export const watchOver = async (
  node: Node,
  path: string,
  options: WatchOptions = {},
): Promise<void> => {
  const first = await readJournal(path)
  if (!first) throw new Error(`there is no journal ${basename(path)} in ${dirname(path)}`)
  await announceWatch(path)
  let sight: Sight | undefined = { count: first.count, since: performance.now() }
  while (sight) {
    try {
      sight = await lookOnce(node, first, sight, options)
    } catch {
      // There is nobody to tell. Who comes next finds the journal as it is.
      await sleep(rest)
    }
  }
}
