import { uptime } from 'node:os'
import type { Backend } from '../iptables/restore.ts'
import { rm } from '../kernel/files.ts'
import { NodeError } from '../kernel/namespaces.ts'
import type { ProcessId } from '../kernel/processes.ts'
import { appendDurably, readSafely, writeAtomically } from '../kernel/state-files.ts'
import type { Past } from '../plan/undo.ts'
import type { Plan } from '../plan/plan.ts'
import type { Applied, Resource } from '../resources/kind.ts'

/** What the way back is planned with. */
export interface Memory {
  readonly past: Past
  /** The namespaces of the configuration. */
  readonly places: readonly Resource[]
  /** The iptables that rules are written with; undefined: the only one there is, or none. */
  readonly iptables?: Backend | undefined
  /** Whether the owner had notes on this node. */
  readonly known: boolean
  /** What was last applied before, as far as that was known. */
  readonly applied?: Applied | undefined
}

/** What an apply writes down before its first step. */
export interface Header extends Memory {
  readonly formatVersion: '1.0'
  /** What a person typed: "netplan apply". */
  readonly command: string
  readonly process: ProcessId
  /** ISO 8601. */
  readonly began: string
  /** Seconds since the machine was started: a clock of the wall may be set. */
  readonly since: number
  readonly steps: readonly { readonly identity: string; readonly argv: readonly string[] }[]
  /** Seconds from the end of the apply within which it has to be confirmed. */
  readonly confirmWithin?: number | undefined
}

/** By when an apply is to be confirmed: clocks of the wall may leap, and the machine may sleep. */
export interface Deadline {
  /** For people, ISO 8601. */
  readonly deadline: string
  /** In seconds since the machine was started (CLOCK_BOOTTIME). */
  readonly by: number
}

/** What happened since. */
export type Entry =
  /** So many steps are done, and the next ones are about to be taken. */
  | { readonly state: 'running'; readonly done: number }
  | ({ readonly state: 'applied'; readonly at: string } & Partial<Deadline>)
  | { readonly state: 'confirmed'; readonly at: string }
  | { readonly state: 'rollingBack'; readonly at: string; readonly why: string }
  | { readonly state: 'rolledBack'; readonly at: string; readonly why: string }
  | { readonly state: 'partApplied'; readonly at: string; readonly left: readonly string[] }

/** The last apply of one owner on one node, from the tmpfs that the kernel's state lives as long as. */
export interface Journal {
  readonly path: string
  /** Parsed when it is first asked for: it is as long as what was done, and few ask. */
  readonly header: Header
  /** The same, as it is written. */
  readonly headerText: string
  /** The last entry. */
  readonly last: Entry
  /** How many there are: an apply that is alive goes on writing. */
  readonly count: number
}

/** A journal that is being written. */
export interface OpenJournal {
  append(entry: Entry): Promise<void>
  /** Forgets all of it: that takes no space. */
  discard(): Promise<void>
  /** Somebody watches whether it is still written. */
  readonly isWatched: boolean
}

export const journalSuffix = '.journal'

export const deadlineIn = (seconds: number): Deadline => ({
  deadline: new Date(Date.now() + seconds * 1000).toISOString(),
  by: uptime() + seconds,
})

export const now = (): string => new Date().toISOString()

const parseLine = (line: string): Entry | undefined => {
  try {
    return JSON.parse(line) as Entry
  } catch {
    // Cut short by a full disk, or while it is being written.
    return undefined
  }
}

const parseHeader = (path: string, line: string): Header => {
  try {
    return JSON.parse(line) as Header
  } catch {
    throw noJournal(path)
  }
}

const noJournal = (path: string): NodeError =>
  new NodeError(`${path} is no journal of netplan: look at it, and remove it`, 'EINVAL')

/** A journal is written in one go, so that one that begins and ends as a header does is a whole one. */
const isHeader = (line: string): boolean =>
  line.startsWith('{"formatVersion"') && line.endsWith('}')

/** The journal in a file; undefined where there is none. */
export const readJournal = async (path: string): Promise<Journal | undefined> => {
  const text = await readSafely(path)
  if (text === undefined) return undefined
  const [headerText = '', ...lines] = text.split('\n')
  if (!isHeader(headerText)) throw noJournal(path)
  const entries = lines.flatMap((line) => parseLine(line) ?? [])
  const last: Entry = entries.at(-1) ?? { state: 'running', done: 0 }
  let header: Header | undefined
  return {
    path,
    get header() {
      return (header ??= parseHeader(path, headerText))
    },
    headerText,
    last,
    count: entries.length,
  }
}

/** Continues a journal, one entry after the other. An entry is on disk when its promise is kept. */
export const openJournal = (path: string, isWatched = false): OpenJournal => {
  let last: Promise<void> = Promise.resolve()
  return {
    isWatched,
    discard: () => rm(path, { force: true }),
    append: (entry) => {
      const write = (): Promise<void> => appendDurably(path, JSON.stringify(entry))
      last = last.then(write, write)
      return last
    },
  }
}

/** How often a work that takes long says that it is alive, in milliseconds. */
const beat = 5000

/** Does a work, and where somebody watches repeats an entry all the while. */
export const keepWriting = async <T>(
  journal: OpenJournal,
  entry: () => Entry,
  work: () => Promise<T>,
): Promise<T> => {
  if (!journal.isWatched) return work()
  // A disk that is full meanwhile is found by the next entry that matters.
  const write = (): void => void journal.append(entry()).catch(() => undefined)
  const timer = setInterval(write, beat)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** Writes a new journal, in place of the one before, in one go. */
export const beginJournal = async (path: string, header: Header): Promise<OpenJournal> => {
  await writeAtomically(path, `${JSON.stringify(header)}\n`)
  return openJournal(path, header.confirmWithin !== undefined)
}

/** Whether two are of the same apply. */
export const isSame = (a: Journal, b: Journal | undefined): b is Journal =>
  a.headerText === b?.headerText

/** How long there is to confirm it, in seconds; undefined: it need not be confirmed, or was. */
export const secondsLeft = ({ last }: Journal): number | undefined =>
  last.state === 'applied' && last.by !== undefined ? last.by - uptime() : undefined

const openEnds: ReadonlySet<Entry['state']> = new Set(['running', 'rollingBack', 'partApplied'])

/**
 * Whether an apply came to no end: what it was to do is done in part, or was not confirmed in time, and nobody
 * undid it.
 */
export const isOpenEnded = (journal: Journal): boolean =>
  openEnds.has(journal.last.state) || (secondsLeft(journal) ?? Infinity) <= 0

/** Until when it is to be confirmed; undefined: it need not be, or was. */
export const deadlineOf = ({ last }: Journal): Date | undefined =>
  last.state === 'applied' && last.deadline !== undefined ? new Date(last.deadline) : undefined

export const stepsOf = ({ steps }: Plan): Header['steps'] =>
  steps.map(({ identity, step: { argv } }) => ({ identity, argv }))
