import type { Kind, Owner, Resource } from '../resources/kind.ts'
import { makePlan } from './plan.ts'
import type { PlanResult } from './plan.ts'

/**
 * A kind, where what was described stands for what is there: nothing of it is looked up on a node, all of it is
 * ours, and nothing is written.
 */
const forDescriptions = ({
  abandon: _1,
  missing: _2,
  resolve: _3,
  unresolvable: _4,
  record: _5,
  ...rest
}: Kind): Kind => ({
  ...rest,
  configures: () => true,
  owner: () => 'ours',
  steps: () => [],
})

/** What a node is to have, and whose it is. */
export interface Description {
  readonly owner: Pick<Owner, 'name' | 'id'>
  readonly resources: readonly Resource[]
}

const otherOwner = (before: string, after: string): PlanResult => {
  const message = `the owner was ${before}, and is to be ${after}: what the one made is not the other's`
  return { ok: false, diagnostics: [{ severity: 'error', code: 'node', message }] }
}

/**
 * What would change on a node that has what one description says, and nothing else, to have what another one says:
 * a plan without steps.
 */
export const compareDescriptions = (
  kinds: readonly Kind[],
  before: Description,
  after: Description,
): PlanResult => {
  const { name, id } = after.owner
  if (before.owner.name !== name || before.owner.id !== id)
    return otherOwner(before.owner.name, name)
  // What mends what comes about by itself is of the node alone.
  const lasting = kinds.filter(({ afterwards }) => afterwards !== true).map(forDescriptions)
  const names = new Set(lasting.map((kind) => kind.name))
  const [old, wanted] = [before, after].map(({ resources }) =>
    resources.filter(({ kind }) => names.has(kind)),
  )
  const owner: Owner = { name, id, records: new Map() }
  return makePlan(lasting, wanted ?? [], old ?? [], { owner, adopt: false })
}
