import type { Diagnostic } from '../config/diagnostics.ts'
import type { Json } from '../kernel/reader.ts'
import type { Plan, PlanResult } from '../plan/plan.ts'
import type { Execute, Failure } from './execute.ts'
import { executeSteps } from './execute.ts'
import { keepWriting, now } from './journal.ts'
import type { Deadline, Entry, OpenJournal } from './journal.ts'
import { rollBack } from './rollback.ts'
import type { RolledBack, RollbackOptions } from './rollback.ts'

/** Why an apply does not keep what it did. */
export type Trouble =
  /** The kernel, or a program, refused a step. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** Every step was taken, and the node still differs: a bug of ours, or somebody else at work. */
  | { readonly kind: 'unverified'; readonly left: Plan }
  | { readonly kind: 'unreadable'; readonly diagnostics: readonly Diagnostic[] }
  /** What has to work does so no more. */
  | { readonly kind: 'rejected'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'interrupted' }
  /** As of a full disk. */
  | { readonly kind: 'error'; readonly error: unknown }

/** How an apply ended. */
export type Applied =
  | { readonly outcome: 'done'; readonly steps: number }
  | {
      readonly outcome: 'undone'
      readonly trouble: Trouble
      /** How many steps were taken. */
      readonly done: number
      readonly back: RolledBack
    }

export interface ApplyOptions extends Execute, Pick<RollbackOptions, 'halt'> {
  /** How everything becomes as it was. */
  readonly wayBack: Pick<RollbackOptions, 'planWayBack' | 'note' | 'netnsOf'>
  /**
   * Reads the node anew, and plans against what it finds.
   *
   * @param done the steps that were taken since it was last read
   */
  replan(done: Plan['steps']): Promise<PlanResult>
  /**
   * Keeps the notes on objects that carry no mark.
   *
   * @param begins before anything of it is made
   */
  note(records: ReadonlyMap<string, Json>, begins?: boolean): Promise<void>
  /** Writes down what is to be done and how it was before. */
  begin(): Promise<OpenJournal>
  /** Whether the node may stay as it is now; a diagnostic for each reason why not. */
  accept?(): Promise<readonly Diagnostic[]>
  /** By when somebody has to confirm it; asked when all is done. */
  deadline?(): Deadline | undefined
}

/** How often what comes afterwards is done once more: it came about while the rest was being done. */
const mostRounds = 3

interface Progress {
  readonly steps: number
  readonly trouble?: Trouble
}

/** @param taken the last steps of all that were taken */
const verify = async (
  options: ApplyOptions,
  taken: Plan['steps'],
  steps: number,
  round = 1,
): Promise<Progress> => {
  const after = await options.replan(taken)
  if (!after.ok) return { steps, trouble: { kind: 'unreadable', diagnostics: after.diagnostics } }
  const { plan } = after
  await options.note(plan.records)
  if (plan.changes.length === 0) return { steps }
  const again = plan.changes.every(({ afterwards }) => afterwards) && round < mostRounds
  if (!again) return { steps, trouble: { kind: 'unverified', left: plan } }
  const { done, failure } = await executeSteps(plan.steps, options)
  return failure
    ? { steps: steps + done, trouble: { kind: 'refused', failure } }
    : verify(options, plan.steps, steps + done, round + 1)
}

const accept = async (options: ApplyOptions, progress: Progress): Promise<Progress> => {
  if (progress.trouble) return progress
  const { steps } = progress
  const diagnostics = (await options.accept?.()) ?? []
  if (options.stop?.aborted === true) return { steps, trouble: { kind: 'interrupted' } }
  return diagnostics.length === 0 ? progress : { steps, trouble: { kind: 'rejected', diagnostics } }
}

/** Takes the steps, and looks whether all is well. */
const takeSteps = async (
  plan: Plan,
  options: ApplyOptions,
  beforeSteps: (done: number) => Promise<void>,
): Promise<Progress> => {
  // Noted before it is done: what a crash leaves behind must be known to be ours. What goes is
  // forgotten only after.
  await options.note(new Map([...plan.owner.records, ...plan.records]), true)
  const { done, failure, stopped } = await executeSteps(plan.steps, { ...options, beforeSteps })
  if (failure) return { steps: done, trouble: { kind: 'refused', failure } }
  if (stopped === true) return { steps: done, trouble: { kind: 'interrupted' } }
  return accept(options, await verify(options, plan.steps, done))
}

const take = async (plan: Plan, journal: OpenJournal, options: ApplyOptions): Promise<Progress> => {
  let steps = 0
  const running = (): Entry => ({ state: 'running', done: steps })
  try {
    const kept = await keepWriting(journal, running, () =>
      takeSteps(plan, options, async (done) => {
        steps = done
        await journal.append(running())
      }),
    )
    if (!kept.trouble)
      await journal.append({ state: 'applied', at: now(), ...options.deadline?.() })
    return kept
  } catch (error) {
    return { steps, trouble: { kind: 'error', error } }
  }
}

/**
 * Does what a plan says, and looks whether the node is then as described; else it makes everything as it
 * was before.
 *
 * @throws where what is to be done cannot be written down; then nothing is done
 */
export const applyPlan = async (plan: Plan, options: ApplyOptions): Promise<Applied> => {
  const journal = await options.begin()
  const { steps, trouble } = await take(plan, journal, options)
  if (!trouble) return { outcome: 'done', steps }
  const { writer, halt, wayBack } = options
  // Whoever wanted it to stop wants it to go back.
  const back = await rollBack(trouble.kind, { ...wayBack, writer, halt, journal })
  return { outcome: 'undone', trouble, done: steps, back }
}
