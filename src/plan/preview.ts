import type { Kind, Resource } from '../resources/kind.ts'
import type { Change, Plan, ScheduledStep } from './plan.ts'
import { planWayBack, recall } from './undo.ts'
import { makeRegistry, makeWorld } from './world.ts'

const leftBy = ({ action, before, after }: Change): readonly Resource[] => {
  if (action === 'delete' || !after) return []
  if (action !== 'update' || !before) return [after]
  const attributes = { ...before.attributes, ...after.attributes }
  return [{ ...before, attributes, mark: after.mark ?? before.mark }]
}

/** The node as a plan is to leave it: what the kernel adds by itself nobody knows before. */
const foresee = (
  kinds: readonly Kind[],
  { changes }: Plan,
  observed: readonly Resource[],
): readonly Resource[] => {
  const world = makeWorld(makeRegistry(kinds), observed)
  const changed = new Set(changes.map(({ identity }) => identity))
  return [
    ...observed.filter((resource) => !changed.has(world.identity(resource))),
    ...changes.flatMap(leftBy),
  ]
}

/** The way back from a plan that was carried out, as far as it can be told before. */
export const foreseeWayBack = (
  kinds: readonly Kind[],
  plan: Plan,
  observed: readonly Resource[],
): readonly ScheduledStep[] => {
  const { records } = plan
  const past = recall(kinds, plan, observed)
  return planWayBack(kinds, past, { observed: foresee(kinds, plan, observed), records }).steps
}
