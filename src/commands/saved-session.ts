import { judgeFormer, withFormer } from '../plan/stale.ts'
import type { Former, Verdict } from '../plan/stale.ts'
import type { Move } from '../plan/states.ts'
import { makeRegistry } from '../plan/world.ts'
import type { Plan } from '../plan/plan.ts'
import { moveText } from '../present/moves.ts'
import { kinds } from '../resources/index.ts'
import type { Resource } from '../resources/kind.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Session } from './session.ts'
import type { Planned, ViewOptions } from './view.ts'
import type { Observation } from './observing.ts'

const registry = makeRegistry(kinds)

const staleFailure = (messages: readonly string[]): Failure => {
  const count = messages.length
  const what = count === 1 ? 'one object that' : `${String(count)} objects that`
  const message =
    `nothing was changed: the plan is stale, ${what} it touches or depends on ` +
    `${count === 1 ? 'is' : 'are'} not as when it was made; plan again`
  return new Failure(exitCodes.stale, 'stale', message, {
    diagnostics: messages.map((text) => ({ severity: 'error', code: 'stale', message: text })),
    textOf: () => undefined,
  })
}

/** What is to be said of a node for which a plan was made before. */
export interface Heeding {
  readonly former: Former
  /** Told of what moved, and is nothing to the plan. */
  tell(others: readonly Move[]): void
}

/** The plan of a node that is otherwise as it was, unless it is another one than before. */
const requireSame = (planned: Planned, { plan: former }: Former): void => {
  if (!planned.ok) return
  const part = ({ changes, steps }: Plan): string =>
    JSON.stringify([changes.map(({ identity, action }) => [identity, action]), steps])
  if (part(planned.plan) === part(former)) return
  const steps = ({ steps: all }: Plan, identity: string): string =>
    JSON.stringify(all.filter((one) => one.identity === identity))
  const titles = [...planned.plan.changes, ...former.changes]
    .filter(({ identity }) => steps(planned.plan, identity) !== steps(former, identity))
    .map(({ title }) => `${title}: would be changed otherwise by now`)
  throw staleFailure([...new Set(titles)])
}

/** Of a plan that is to be empty, what the former one has touched: the rest is nobody's affair. */
const restrict = (plan: Plan, { plan: former }: Former): Plan => {
  const touched = new Set(former.changes.map(({ identity }) => identity))
  const isOf = ({ identity }: { readonly identity: string }): boolean => touched.has(identity)
  return {
    ...plan,
    changes: plan.changes.filter((change) => change.afterwards || isOf(change)),
    steps: plan.steps.filter(
      (step) =>
        isOf(step) || plan.changes.some((one) => one.afterwards && one.identity === step.identity),
    ),
  }
}

type Notes = Plan['records']

const sameNote = (a: Notes, b: Notes, identity: string): boolean =>
  JSON.stringify(a.get(identity)) === JSON.stringify(b.get(identity))

/** What is to be noted: of what the plan does not touch, what was noted by others since it was made stays. */
const keepNotes = (plan: Plan, { plan: former }: Former): Plan => {
  const touched = new Set(former.changes.map(({ identity }) => identity))
  const [was, is] = [former.owner.records, plan.owner.records]
  const isOthers = (identity: string): boolean =>
    !touched.has(identity) && !sameNote(was, is, identity)
  const records = new Map([
    ...[...plan.records].filter(([identity]) => !isOthers(identity)),
    ...[...is].filter(([identity]) => isOthers(identity)),
  ])
  return { ...plan, records }
}

/** Judges a node when it is looked at first; from then on it knows what to take as it was. */
const makeAmend = ({
  former,
  tell,
}: Heeding): { amend(seen: Observation): readonly Resource[]; verdict(): Verdict | undefined } => {
  let verdict: Verdict | undefined
  let frozen: ReadonlySet<string> = new Set()
  const begin = (found: Verdict): readonly Resource[] => {
    verdict = found
    if (found.state === 'stale') throw staleFailure(found.moves.map(moveText))
    if (found.state === 'fresh') {
      tell(found.others)
      frozen = new Set(found.others.map(({ identity }) => identity))
    }
    return found.observed
  }
  return {
    verdict: () => verdict,
    amend: ({ observed, owner }) =>
      verdict
        ? withFormer(registry, observed, former.observed, (identity) => frozen.has(identity))
        : begin(judgeFormer(kinds, former, { observed, owner })),
  }
}

/**
 * A node for which a plan was made before: what it plans first is that one, or nothing where that is done already.
 * What moved meanwhile and is nothing to the plan is taken as it was.
 *
 * @throws Failure (6), when it plans, where what the plan touches, or depends on, is not as it was
 */
export const openSaved = async (
  heeding: Heeding,
  open: (amend: NonNullable<ViewOptions['amend']>) => Promise<Session>,
): Promise<Session> => {
  const { amend, verdict } = makeAmend(heeding)
  const session = await open(amend)
  const { former } = heeding
  return {
    ...session,
    plan: async () => {
      const isFirst = verdict() === undefined
      const result = await session.plan()
      if (!result.ok) return result
      const planned = { ...result, plan: keepNotes(result.plan, former) }
      if (isFirst && verdict()?.state === 'fresh') {
        requireSame(planned, former)
        return planned
      }
      return { ...planned, plan: restrict(planned.plan, former) }
    },
  }
}
