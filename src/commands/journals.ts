import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { deadlineOf, isOpenEnded, journalSuffix, readJournal } from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import type { Node } from '../kernel/namespaces.ts'
import { isAlive } from '../kernel/processes.ts'
import { findStateDirectory } from '../kernel/state.ts'
import { exitCodes, Failure } from './failure.ts'

/** The last apply of each owner on a node, the newest first. Makes nothing. */
export const readJournals = async (node: Node): Promise<readonly Journal[]> => {
  const directory = await findStateDirectory(node)
  if (directory === undefined) return []
  const names = await readdir(directory)
  const paths = names.filter((name) => name.endsWith(journalSuffix)).sort()
  const journals = await Promise.all(paths.map((name) => readJournal(join(directory, name))))
  return journals
    .filter((journal) => journal !== undefined)
    .sort((a, b) => (a.header.began < b.header.began ? 1 : -1))
}

export const ownerOf = ({ header }: Journal): string => header.past.owner.name

/** Whether an apply was cut short: by a crash, or since it could not be rolled back. */
const isCutShort = async (journal: Journal): Promise<boolean> =>
  isOpenEnded(journal) && !(await isAlive(journal.header.process))

const describe = ({ header, last }: Journal): string => {
  const { command, process, began, steps } = header
  const total = String(steps.length)
  const who = `${command} (pid ${String(process.pid)}, ${began})`
  switch (last.state) {
    case 'running':
      return `${who} was cut short behind step ${String(last.done)} of ${total}`
    case 'rollingBack':
      return `the rollback of ${who} was cut short`
    default:
      return `${who} could not be rolled back: ${last.state === 'partApplied' ? last.left.join(', ') : ''}`
  }
}

/** What a reader of the node ought to know of applies of an owner: a line, or nothing. */
export const warnOfJournal = async (node: Node, owner: string): Promise<string | undefined> => {
  const journals = await readJournals(node)
  const pending = journals.find((journal) => deadlineOf(journal))
  if (pending) {
    const until = deadlineOf(pending)?.toISOString() ?? ''
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
  const pending = journals.find((journal) => deadlineOf(journal))
  if (pending) {
    const until = deadlineOf(pending)?.toISOString() ?? ''
    const message =
      `an apply of ${ownerOf(pending)} waits to be confirmed until ${until}: ` +
      'netplan confirm keeps it, netplan rollback undoes it; nothing was changed'
    throw new Failure(exitCodes.locked, 'unconfirmed', message)
  }
  return journals.find((journal) => ownerOf(journal) === owner)
}
