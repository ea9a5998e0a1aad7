import type { Diagnostic } from '../config/diagnostics.ts'
import type { PlanDocument } from './document.ts'
import type { Outcome } from '../rehearsal/checks.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'

/** How an apply would end: what its exit codes say (docs/commands.md). */
export type Verdict =
  | 'nothing-to-do'
  | 'done'
  | 'no-plan'
  | 'refused'
  | 'nothing-changed'
  | 'rolled-back'
  | 'part-applied'

/** One part of a rehearsal, and how long it took. */
export interface Stage {
  readonly name: 'plan' | 'copy' | 'compare' | 'apply' | 'verify' | 'checks' | 'rollback'
  readonly milliseconds: number
}

/** Steps that were taken together, by their order in the plan. */
export interface Batch {
  readonly first: number
  readonly last: number
  readonly milliseconds: number
}

/** A check of the file; skipped where it cannot be made in the copy. */
export type Check = Outcome

/** What came of going back; `differences` is what is not as it was before. */
interface Back {
  readonly complete: boolean
  readonly differences: readonly string[]
}

/** How an apply would end. */
type Ending = Pick<Rehearsal, 'verdict' | 'exitCode' | 'message'>

/** What a rehearsal is to its reader: schemas/rehearsal.schema.json. */
export interface Rehearsal {
  readonly formatVersion: '1.0'
  readonly type: 'rehearsal'
  readonly node: string
  readonly owner: string
  readonly verdict: Verdict
  /** What apply would have exited with. */
  readonly exitCode: number
  /** What apply would have said of how it ended; null where it ended well. */
  readonly message: string | null
  /** Where apply would refuse the plan, for lock-outs or limits: how it would end if they were allowed; else null. */
  readonly refused: Ending | null
  readonly diagnostics: readonly Diagnostic[]
  /** What of the node is not in the copy, or otherwise. */
  readonly leftOut: readonly LeftOut[]
  /** Where the plan for the copy is not that for the node; empty: they are the same to the byte. */
  readonly planDiffers: readonly string[]
  readonly plan: PlanDocument | null
  readonly stages: readonly Stage[]
  readonly batches: readonly Batch[]
  readonly checks: readonly Check[]
  /** What a second plan would change still; null where there was no apply that ended well. */
  readonly secondPlan: readonly string[] | null
  /** Null where nobody asked for it, or where there was nothing to go back from. */
  readonly rollback: Back | null
}
