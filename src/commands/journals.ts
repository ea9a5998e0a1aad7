import { basename, join } from 'node:path'
import {
  deadlineOf,
  isOpenEnded,
  journalSuffix,
  readJournal,
  secondsLeft,
} from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import { readdir } from '../kernel/files.ts'
import type { Node } from '../kernel/namespaces.ts'
import { isAlive } from '../kernel/processes.ts'
import { findStateDirectory } from '../kernel/state.ts'
import { exitCodes, Failure } from './failure.ts'
import { isWatched } from './watch-file.ts'

/** The last apply of each owner on a node, the newest first. Makes nothing. */
export const readJournals = async (node: Node): Promise<readonly Journal[]> => {
  const directory = await findStateDirectory(node)
  if (directory === undefined) return []
  const names = await readdir(directory)
  const paths = names.filter((name) => name.endsWith(journalSuffix)).sort()
  const journals = await Promise.all(paths.map((name) => readJournal(join(directory, name))))
  return journals
    .filter((journal) => journal !== undefined)
    .sort((a, b) => b.header.since - a.header.since)
}

export const ownerOf = ({ path }: Pick<Journal, 'path'>): string => basename(path, journalSuffix)

/** Whether an apply was cut short: by a crash, or since it could not be rolled back. */
const isCutShort = async (journal: Journal): Promise<boolean> =>
  isOpenEnded(journal) && !(await isAlive(journal.header.process))

/** Whether nothing is under way, waits, or was cut short: then the node's journals say nothing, also not as time goes by. */
export const areClosed = async (node: Node): Promise<boolean> =>
  (await readJournals(node)).every(
    (journal) => !isOpenEnded(journal) && secondsLeft(journal) === undefined,
  )

/** One that was cut short before it could be confirmed, which its watchdog is about to roll back. */
const findBeingUndone = async (journals: readonly Journal[]): Promise<Journal | undefined> => {
  for (const journal of journals) {
    const { state } = journal.last
    if (state !== 'running' && state !== 'rollingBack') continue
    if (journal.header.confirmWithin === undefined) continue
    if ((await isCutShort(journal)) && (await isWatched(journal.path))) return journal
  }
  return undefined
}

/** The apply that waits to be confirmed: one whose time is up, and that nobody watches over, waits for nothing. */
const findPending = async (journals: readonly Journal[]): Promise<Journal | undefined> => {
  const pending = journals.find((journal) => secondsLeft(journal) !== undefined)
  if (!pending) return findBeingUndone(journals)
  const isOver = (secondsLeft(pending) ?? 0) <= 0
  return isOver && !(await isWatched(pending.path)) ? undefined : pending
}

const describe = ({ header, last }: Journal): string => {
  const { command, process, began, steps } = header
  const total = String(steps.length)
  const who = `${command} (pid ${String(process.pid)}, ${began})`
  switch (last.state) {
    case 'running':
      return `${who} was cut short behind step ${String(last.done)} of ${total}`
    case 'applied':
      return `${who} was not confirmed in time, and nobody watched over it`
    case 'rollingBack':
      return `the rollback of ${who} was cut short`
    default:
      return `${who} could not be rolled back: ${last.state === 'partApplied' ? last.left.join(', ') : ''}`
  }
}

/** What a reader of the node ought to know of applies of an owner: a line, or nothing. */
export const warnOfJournal = async (node: Node, owner: string): Promise<string | undefined> => {
  const journals = await readJournals(node)
  const pending = await findPending(journals)
  if (pending) {
    const until = deadlineOf(pending)?.toISOString()
    if (until === undefined)
      return `the apply of ${pending.header.began} is about to be rolled back`
    return `the apply of ${pending.header.began} waits to be confirmed until ${until}: netplan confirm`
  }
  const own = journals.find((journal) => ownerOf(journal) === owner)
  if (!own || !(await isCutShort(own))) return undefined
  return `${describe(own)}: netplan rollback undoes it, netplan apply goes on from what is there`
}

/**
 * The owner's apply before this one.
 *
 * @throws Failure (75) where an apply on this node waits to be confirmed
 */
export const findEarlier = async (node: Node, owner: string): Promise<Journal | undefined> => {
  const journals = await readJournals(node)
  const pending = await findPending(journals)
  if (pending) {
    const until = deadlineOf(pending)?.toISOString()
    const what =
      until === undefined
        ? 'was cut short, and is about to be rolled back'
        : `waits to be confirmed until ${until}: netplan confirm keeps it, netplan rollback undoes it`
    const message = `an apply of ${ownerOf(pending)} ${what}; nothing was changed`
    throw new Failure(exitCodes.locked, 'unconfirmed', message)
  }
  return journals.find((journal) => ownerOf(journal) === owner)
}
