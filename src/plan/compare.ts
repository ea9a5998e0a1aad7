import type { Kind, Owner, Resource, Worlds } from '../resources/kind.ts'
import { makePlan } from './plan.ts'
import type { Plan, PlanResult } from './plan.ts'
import { kindOf, makeRegistry, makeWorld } from './world.ts'
import type { Registry } from './world.ts'

/** Whether only others can make an object, as a device or a kernel parameter: it is there, described or not. */
const isGiven = (kind: Kind, resource: Resource, worlds: Worlds): boolean =>
  kind.missing?.(resource, worlds) !== undefined

/** What nothing is known of. */
const withNothing = (resource: Resource): Resource => {
  const names = Object.keys(resource.attributes)
  return { ...resource, attributes: Object.fromEntries(names.map((name) => [name, null])) }
}

/** Without all that looks something up on a node. */
const withoutNode = ({
  missing: _1,
  resolve: _2,
  unresolvable: _3,
  record: _4,
  ...rest
}: Kind): Kind => rest

/**
 * A kind, where what was described stands for what is there: nothing of it is looked up on a node, all of it is
 * ours, and nothing is written.
 */
const forDescriptions = (kind: Kind, nothing: Worlds): Kind => ({
  ...withoutNode(kind),
  configures: () => true,
  owner: () => 'ours',
  // What it goes back to is not described.
  abandon: (one) => (isGiven(kind, one, nothing) ? withNothing(one) : undefined),
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

const lastingOf = ({ resources }: Description, registry: Registry): readonly Resource[] =>
  resources.filter(({ kind }) => registry.has(kind))

/** Between two files, it is the file that changed. */
const fromFile = (plan: Plan): Plan => ({
  ...plan,
  changes: plan.changes.map((change) => ({ ...change, cause: 'config' as const })),
})

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
  const lasting = kinds.filter(({ afterwards }) => afterwards !== true)
  const registry = makeRegistry(lasting)
  const [old, wanted] = [lastingOf(before, registry), lastingOf(after, registry)]
  const nothing = makeWorld(registry, [])
  const worlds = { desired: nothing, observed: nothing }
  const known = makeWorld(registry, old)
  const given = wanted.filter((one) => {
    const kind = kindOf(registry, one)
    return !known.find(kind.identity(one)) && isGiven(kind, one, worlds)
  })
  const described = lasting.map((kind) => forDescriptions(kind, worlds))
  const owner: Owner = { name, id, records: new Map() }
  const observed = [...old, ...given.map(withNothing)]
  const result = makePlan(described, wanted, observed, { owner, adopt: false })
  return result.ok ? { ...result, plan: fromFile(result.plan) } : result
}
