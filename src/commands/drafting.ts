import { NodeError } from '../kernel/namespaces.ts'
import { makePlan } from '../plan/plan.ts'
import type { Plan, PlanResult } from '../plan/plan.ts'
import type { Resource } from '../resources/kind.ts'
import { ruleKind } from '../resources/rule.ts'
import { withAllRules } from './ipv6-rules.ts'
import { kindsOf } from './observing.ts'
import type { LookOptions, observer, Observation, Wish } from './observing.ts'

export interface DraftOptions extends Pick<LookOptions, 'extent'> {
  readonly adopt: boolean
  /** The node as it is to be planned for, given what it has; default: as it is. */
  readonly amend?: (seen: Observation) => readonly Resource[]
}

/** A plan, with what it was made from. */
interface Drafted {
  readonly seen: Observation
  /** What of that it may be about. */
  readonly taken: readonly Resource[]
  readonly result: PlanResult
}

const planFrom = (seen: Observation, { resources }: Wish, options: DraftOptions): Drafted => {
  const { problems, observed, desired, owner: found } = seen
  if (problems.length > 0) return { seen, taken: [], result: { ok: false, diagnostics: problems } }
  const { adopt, amend } = options
  const taken = amend?.(seen) ?? observed
  // Where nothing is wanted, as by destroy, that is the reason.
  const owner = resources.length === 0 ? { ...found, applied: undefined } : found
  return { seen, taken, result: makePlan(kindsOf(options), desired, taken, { owner, adopt }) }
}

const isEmpty = ({ result }: Drafted): boolean => result.ok && result.plan.changes.length === 0

type Observe = ReturnType<typeof observer>

const seeAll = async (looked: Observation, observe: Observe): Promise<Observation> => {
  try {
    return await withAllRules(looked)
  } catch (error) {
    // What was read first may be gone by now: it is read once more.
    if (error instanceof NodeError) return observe()
    throw error
  }
}

/** What looks at a node, and plans: what is to be changed is planned from all that there is. */
export const drafter = (
  observe: Observe,
  wish: Wish,
  options: DraftOptions,
): ((done?: Plan['steps']) => Promise<Drafted>) => {
  // Who takes a node otherwise than it is seen compares it with one that was seen whole.
  const sparing = kindsOf(options).includes(ruleKind) && !options.amend
  return async (done) => {
    const looked = await observe({ done, sparing })
    const drafted = planFrom(looked, wish, options)
    if (isEmpty(drafted) || looked.problems.length > 0) return drafted
    const seen = await seeAll(looked, observe)
    return seen === looked ? drafted : planFrom(seen, wish, options)
  }
}
