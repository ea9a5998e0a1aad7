import type { Kind, Resource, World } from '../resources/kind.ts'
import type { Change, Plan } from './plan.ts'
import { makeRegistry, makeWorld } from './world.ts'

/** What a plan was made from. */
export interface Basis {
  readonly desired: readonly Resource[]
  readonly observed: readonly Resource[]
}

/** What a plan touches, and what that depends on, by identity; there need not be any of it. */
export interface Dependencies {
  readonly touched: ReadonlySet<string>
  readonly needed: ReadonlySet<string>
}

interface Sides {
  readonly desired: World
  readonly observed: World
}

const requirementsOf = (kind: Kind, change: Change, sides: Sides): readonly string[] => {
  const { before, after } = change
  // What is described hangs on what is described; what is not, but made again, on what was as well.
  const worlds = after?.source ? [sides.desired] : [sides.observed, sides.desired]
  const carriers = [before, after].flatMap((one) => (one && kind.carrier?.(one)) ?? [])
  return [
    ...carriers,
    ...(after ? worlds.flatMap((world) => kind.requires(after, world)) : []),
    ...(before ? kind.requires(before, sides.observed) : []),
    ...change.causes,
  ]
}

/** What a plan touches, and what has to be there for that, or takes it along. */
export const dependenciesOf = (
  kinds: readonly Kind[],
  { changes }: Pick<Plan, 'changes'>,
  { desired, observed }: Basis,
): Dependencies => {
  const registry = makeRegistry(kinds)
  const sides = { desired: makeWorld(registry, desired), observed: makeWorld(registry, observed) }
  const lasting = changes.filter(({ afterwards }) => !afterwards)
  const touched = new Set(lasting.map(({ identity }) => identity))
  const needed = lasting.flatMap((change) => {
    const kind = registry.get(change.kind)
    return kind ? requirementsOf(kind, change, sides) : []
  })
  return { touched, needed: new Set(needed.filter((identity) => !touched.has(identity))) }
}
