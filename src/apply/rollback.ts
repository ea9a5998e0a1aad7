import type { Json } from '../kernel/reader.ts'
import type { Plan } from '../plan/plan.ts'
import type { Execute, Failure } from './execute.ts'
import { executeAll } from './execute.ts'
import { keepWriting, now } from './journal.ts'
import type { Entry, OpenJournal } from './journal.ts'

export interface RollbackOptions extends Execute {
  readonly journal: OpenJournal
  /** Reads the node anew, and plans the way back from what it finds. */
  planWayBack(): Promise<Plan>
  /** Keeps the notes on objects that carry no mark. */
  note(records: ReadonlyMap<string, Json>): Promise<void>
  /** Says that nobody wants to wait for the rest. */
  readonly halt?: AbortSignal | undefined
}

/** How a rollback ended. */
export type RolledBack =
  /** @param steps how many it took: none where nothing had been changed */
  | { readonly complete: true; readonly steps: number }
  | {
      readonly complete: false
      /** What still differs from before; undefined where the node cannot be read. */
      readonly left: Plan | undefined
      /** Steps that were refused, in the end. */
      readonly failures: readonly Failure[]
      /** What kept it from going on. */
      readonly error?: unknown
    }

/**
 * How often it is tried: the marks of others are given back in a round of their own, what was refused may
 * have had to wait for something else, and the kernel takes some things away only milliseconds later (N-17).
 */
const mostRounds = 5

/**
 * Entries are for who comes later; that the disk is full must not keep anybody from going back. Where the last
 * entry stays, the next command finds it unfinished, looks at the node, and goes on. But what is undone must not
 * look as if it were there: then no journal is better than that one.
 */
const noteDown = async (journal: OpenJournal, entry: Entry): Promise<void> => {
  try {
    await journal.append(entry)
  } catch {
    if (entry.state === 'rolledBack') await journal.discard()
  }
}

/** Forgets what is no more, and knows what is there again. */
const settle = async (plan: Plan, { note }: RollbackOptions): Promise<unknown> => {
  try {
    await note(plan.records)
    return undefined
  } catch (error) {
    return error
  }
}

/** What is noted while it is under way: whatever there was, and whatever is to be. */
const union = (plan: Plan): ReadonlyMap<string, Json> =>
  new Map([...plan.owner.records, ...plan.records])

const goBack = async (options: RollbackOptions): Promise<RolledBack> => {
  let failures: readonly Failure[] = []
  let error: unknown
  let steps = 0
  for (let round = 1; ; round++) {
    const plan = await options.planWayBack()
    if (plan.changes.length === 0) {
      error = await settle(plan, options)
      return error === undefined
        ? { complete: true, steps }
        : { complete: false, left: plan, failures: [], error }
    }
    if (options.halt?.aborted === true || round > mostRounds)
      return { complete: false, left: plan, failures, error }
    error = await settle({ ...plan, records: union(plan) }, options)
    failures = await executeAll(plan.steps, { ...options, stop: options.halt })
    steps += plan.steps.length
  }
}

const attempt = async (options: RollbackOptions): Promise<RolledBack> => {
  try {
    return await goBack(options)
  } catch (error) {
    return { complete: false, left: undefined, failures: [], error }
  }
}

/**
 * Makes what a plan touched as it was before it, however much of the plan was done. May be called any
 * number of times; what it was cut short at, the next call finds.
 *
 * @param why for the journal
 */
export const rollBack = async (why: string, options: RollbackOptions): Promise<RolledBack> => {
  const entry: Entry = { state: 'rollingBack', at: now(), why }
  await noteDown(options.journal, entry)
  const ended = await keepWriting(
    options.journal,
    () => entry,
    () => attempt(options),
  )
  await noteDown(
    options.journal,
    ended.complete
      ? { state: 'rolledBack', at: now(), why }
      : {
          state: 'partApplied',
          at: now(),
          left: ended.left?.changes.map(({ identity }) => identity) ?? [],
        },
  )
  return ended
}
