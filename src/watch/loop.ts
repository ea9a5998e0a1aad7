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
export type Round = (
  revision: Revision,
  reasons: readonly Reason[],
  signal: AbortSignal,
) => Promise<Outcome>

/** What somebody who watches is told. */
export interface Reports {
  sourced(event: SourceEvent): void
  /** A revision is known; undefined documents are those of the last good one. */
  revised(revision: Revision): void
  began(reasons: readonly Reason[]): void
  ended(outcome: Outcome, milliseconds: number): void
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

/** What is told of a round, and what it has to be tried again by. */
interface Ended {
  readonly told: Outcome
  readonly kept: Outcome
}

/**
 * Makes a round, and where the newest wish is none that can be had, one for the last that could: to try the newest
 * again would not mend it.
 */
const roundFor = async (
  { round, signal }: Loop,
  wishes: Wishes,
  reasons: readonly Reason[],
): Promise<Ended | undefined> => {
  const { latest, good } = wishes
  if (!latest) return undefined
  const told = await round(latest, reasons, signal)
  if (!isInvalid(told)) {
    wishes.good = latest
    return { told, kept: told }
  }
  if (!good || good === latest || signal.aborted) return { told, kept: { kind: 'inSync' } }
  return { told, kept: await round(good, reasons, signal) }
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
    const began = performance.now()
    reports.began(reasons)
    const ended = await roundFor(loop, wishes, reasons)
    const took = performance.now() - began
    if (ended) reports.ended(ended.told, took)
    reschedule(schedule, ended?.kept ?? { kind: 'inSync' }, took, loop)
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
  const done = Promise.race([makeRounds(loop, wishes, inbox), feeding.failed])
  return {
    reload: () => {
      feeding.restart()
      inbox.put('reload')
    },
    moved: () => inbox.put('node'),
    done: done.finally(() => failing.abort()),
  }
}
