import type { Diagnostic } from '../config/diagnostics.ts'
import type { Json } from '../kernel/reader.ts'
import type { Plan, PlanResult } from '../plan/plan.ts'
import type { Execute, Failure } from './execute.ts'
import { executeSteps } from './execute.ts'

/** How an apply ended. */
export type Applied =
  | { readonly outcome: 'done'; readonly steps: number }
  | {
      readonly outcome: 'failed'
      readonly failure: Failure
      readonly done: number
      /** What of the plan is still to do; undefined where the node cannot be read. */
      readonly left: Plan | undefined
    }
  /** Every step was taken, and the node still differs: a bug of ours, or somebody else at work. */
  | { readonly outcome: 'unverified'; readonly left: Plan }
  | { readonly outcome: 'unreadable'; readonly diagnostics: readonly Diagnostic[] }

export interface ApplyOptions extends Execute {
  /** Reads the node anew, and plans against what it finds. */
  replan(): Promise<PlanResult>
  /** Keeps the notes on objects that carry no mark. */
  note(records: ReadonlyMap<string, Json>): Promise<void>
}

/** How often what comes afterwards is done once more: it came about while the rest was being done. */
const mostRounds = 3

const verify = async (options: ApplyOptions, steps: number, round = 1): Promise<Applied> => {
  const after = await options.replan()
  if (!after.ok) return { outcome: 'unreadable', diagnostics: after.diagnostics }
  const { plan } = after
  await options.note(plan.records)
  if (plan.changes.length === 0) return { outcome: 'done', steps }
  const again = plan.changes.every(({ afterwards }) => afterwards) && round < mostRounds
  if (!again) return { outcome: 'unverified', left: plan }
  const { done, failure } = await executeSteps(plan.steps, options)
  return failure
    ? { outcome: 'failed', failure, done: steps + done, left: plan }
    : verify(options, steps + done, round + 1)
}

/** What is still to do, as far as the node can still be read. */
const planLeft = async ({ replan }: ApplyOptions): Promise<Plan | undefined> => {
  try {
    const left = await replan()
    return left.ok ? left.plan : undefined
  } catch {
    // The step's own failure is what there is to tell.
    return undefined
  }
}

/**
 * Does what a plan says, and looks whether the node is then as described. May be called any number
 * of times: a plan of nothing runs no program that writes.
 */
export const applyPlan = async (plan: Plan, options: ApplyOptions): Promise<Applied> => {
  if (plan.changes.length === 0) {
    await options.note(plan.records)
    return { outcome: 'done', steps: 0 }
  }
  // Noted before it is done: what a crash leaves behind must be known to be ours. What goes is
  // forgotten only after.
  await options.note(new Map([...plan.owner.records, ...plan.records]))
  const { done, failure } = await executeSteps(plan.steps, options)
  if (!failure) return verify(options, done)
  // Nothing was done, so that there is nothing new to know.
  if (done === 0) await options.note(plan.owner.records)
  return { outcome: 'failed', failure, done, left: await planLeft(options) }
}
