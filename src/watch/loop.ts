import { backOff } from '../sources/back-off.ts'
import type { Revision, Source, SourceEvent } from '../sources/source.ts'
import { openInbox, rest, vary } from './inbox.ts'
import type { Inbox, Reason, Schedule, Timing } from './inbox.ts'

/** What a round came to. */
export type Outcome =
  | { readonly kind: 'inSync' }
  /** Changed, and verified. */
  | { readonly kind: 'applied'; readonly changes: number }
  /** What would be changed, where nothing is to be. */
  | { readonly kind: 'differs'; readonly changes: number }
  /** There is something to do that nobody has allowed. */
  | { readonly kind: 'held'; readonly reason: string; readonly error: string }
  /** It is tried again. */
  | { readonly kind: 'failed'; readonly reason: string; readonly error: string }

/** One look at the node, and what follows from it. Rejects for bugs alone. */
export type Round = (revision: Revision) => Promise<Outcome>

/** What somebody who watches is told. */
export interface Reports {
  sourced(event: SourceEvent): void
  /** The source has said something; without documents it has nothing. */
  revised(revision: Revision): void
  began(reasons: readonly Reason[]): void
  ended(outcome: Outcome, milliseconds: number): void
  /** Behind one for a wish that cannot be had: what the round for the last that could came to. */
  kept(outcome: Outcome, milliseconds: number): void
  /** Until the next try, behind a failure. */
  waiting(milliseconds: number): void
}

export interface Loop {
  readonly source: Source
  readonly round: Round
  readonly timing: Timing
  readonly reports: Reports
  /** What is known before the source has said anything: the last good one. */
  readonly first?: Revision | undefined
  /** Ends it, behind the round that is under way. */
  readonly signal: AbortSignal
}

/** What the node is kept as: the newest that can be, else the one before it. */
interface Wishes {
  latest: Revision | undefined
  /** The last that could be had. */
  good: Revision | undefined
}

/** What cannot be had as it is written, or not of this node as it is. */
const impossible = ['invalid', 'no-such-node', 'no-plan']

const isImpossible = (outcome: Outcome): boolean =>
  outcome.kind === 'failed' && impossible.includes(outcome.reason)

/** To try it again would not mend it. */
const isInvalid = (outcome: Outcome): boolean =>
  outcome.kind === 'failed' && outcome.reason === 'invalid'

/** Reads the source to its end. What is empty is told, and changes no wish. */
const feed = async (
  { source, reports }: Loop,
  signal: AbortSignal,
  receive: (revision: Revision) => void,
): Promise<void> => {
  const tell = (event: SourceEvent): void => reports.sourced(event)
  for await (const revision of source.subscribe({ signal, tell })) {
    if (signal.aborted) return
    reports.revised(revision)
    if (revision.documents.length > 0) receive(revision)
  }
}

/** A source that is read, and can be read from the beginning. */
interface Feeding {
  restart(): void
  /** Broken where the source cannot be used; else it is never kept. */
  readonly failed: Promise<never>
}

const startFeeding = (loop: Loop, receive: (revision: Revision) => void): Feeding => {
  let reject: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_, refuse) => {
    reject = refuse
  })
  let current = new AbortController()
  const start = (): void => {
    const { signal } = (current = new AbortController())
    feed(loop, AbortSignal.any([signal, loop.signal]), receive).catch((error: unknown) =>
      reject(error),
    )
  }
  start()
  return {
    failed,
    restart: () => {
      current.abort()
      start()
    },
  }
}

const inSync: Outcome = { kind: 'inSync' }

/** Makes a round, and tells of it. */
const makeRound = async (
  round: Round,
  revision: Revision,
  tell: (outcome: Outcome, milliseconds: number) => void,
): Promise<Outcome> => {
  const began = performance.now()
  const outcome = await round(revision)
  tell(outcome, performance.now() - began)
  return outcome
}

/**
 * Makes a round for the newest wish, and where that cannot be had, one for the last that could. Returns what it has to be
 * tried again by.
 */
const roundFor = async (
  { round, signal, reports }: Loop,
  wishes: Wishes,
  latest: Revision,
): Promise<Outcome> => {
  const newest = await makeRound(round, latest, reports.ended)
  if (!isImpossible(newest)) {
    wishes.good = latest
    return newest
  }
  const { good } = wishes
  const isLast = !good || good === latest || signal.aborted
  const kept = isLast ? inSync : await makeRound(round, good, reports.kept)
  return isInvalid(newest) ? kept : newest
}

const reschedule = (
  schedule: Schedule,
  outcome: Outcome,
  took: number,
  { timing, reports }: Loop,
): void => {
  const now = performance.now()
  schedule.restUntil = now + Math.max(timing.coalesce, took * rest)
  if (outcome.kind !== 'failed') {
    schedule.failures = 0
    schedule.due = now + vary(timing.resync)
    return
  }
  schedule.failures += 1
  const wait = backOff(schedule.failures, timing.backOff)
  schedule.due = now + wait
  reports.waiting(wait)
}

const makeRounds = async (loop: Loop, wishes: Wishes, inbox: Inbox): Promise<void> => {
  const { signal, reports, timing } = loop
  const schedule: Schedule = { failures: 0, due: performance.now() + timing.resync, restUntil: 0 }
  while (!signal.aborted) {
    const reasons = await inbox.next(schedule)
    if (reasons.length === 0) continue
    const { latest } = wishes
    if (latest) reports.began(reasons)
    const began = performance.now()
    const outcome = latest ? await roundFor(loop, wishes, latest) : inSync
    reschedule(schedule, outcome, performance.now() - began, loop)
  }
}

/** A loop that runs. */
export interface Running {
  /** Reads the source from its beginning, and looks at once. */
  reload(): void
  /** Something on the node moved: looks, soon. */
  moved(): void
  /** Kept when it was ended; broken where the source cannot be used, or by a bug. */
  readonly done: Promise<void>
}

/**
 * Keeps a node as a source has it: by level, and not by edge. Whatever happens, one round follows that looks at all there
 * is; what happens meanwhile is one more. There is never more than one.
 */
export const startLoop = (asked: Loop): Running => {
  const failing = new AbortController()
  const loop = { ...asked, signal: AbortSignal.any([asked.signal, failing.signal]) }
  const inbox = openInbox(loop)
  const wishes: Wishes = { latest: loop.first, good: loop.first }
  const feeding = startFeeding(loop, (revision) => {
    wishes.latest = revision
    inbox.put('source')
  })
  if (loop.first) inbox.put('source')
  const rounds = makeRounds(loop, wishes, inbox)
  const end = async (): Promise<void> => {
    failing.abort()
    // Whatever ends it, the round that is under way comes to its end.
    await rounds
  }
  return {
    reload: () => {
      feeding.restart()
      inbox.put('reload')
    },
    moved: () => inbox.put('node'),
    done: Promise.race([rounds, feeding.failed]).finally(end),
  }
}
