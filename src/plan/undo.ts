import type { Json } from '../kernel/reader.ts'
import type { Kind, Owner, Resource, World } from '../resources/kind.ts'
import { makePlan } from './plan.ts'
import type { Plan } from './plan.ts'
import { kindOf, makeRegistry, makeWorld } from './world.ts'
import type { Registry } from './world.ts'

/** One object that a plan touches: as it was, or as it is to be where there was none. */
export interface Former {
  readonly identity: string
  readonly before?: Resource | undefined
  readonly after?: Resource | undefined
}

/**
 * What a node was like before a plan, as far as the plan touches it: plain data, from which the way back
 * can be planned at any time, however much of the plan was done.
 */
export interface Past {
  readonly owner: Pick<Owner, 'name' | 'id'>
  readonly records: Readonly<Record<string, Json>>
  readonly objects: readonly Former[]
}

/** Its changes mend what comes about by itself: there is no way back, and nobody wants one. */
const isPassing = (kind: Kind): boolean => kind.afterwards === true

const reviveOf = (
  kind: Kind,
  observed: Resource | undefined,
  owner: Owner,
  world: World,
): Resource | undefined => {
  if (!observed) return undefined
  if (kind.revive) return kind.revive(observed, world)
  return kind.owner(observed, owner) === 'kernel' ? undefined : observed
}

/** What is lost with the things that go, although it is nobody's to plan: as the `lo` of a namespace. */
const findLost = (
  { changes }: Plan,
  observed: readonly Resource[],
  registry: Registry,
  world: World,
): readonly Resource[] => {
  const known = new Set(changes.map(({ identity }) => identity))
  const gone = new Set(
    changes
      .filter(({ action }) => action === 'delete' || action === 'replace')
      .map(({ identity }) => identity),
  )
  if (gone.size === 0) return []
  return observed.filter((resource) => {
    const kind = kindOf(registry, resource)
    if (known.has(kind.identity(resource))) return false
    return kind.requires(resource, world).some((required) => gone.has(required))
  })
}

/** What has to be remembered, so that the plan can be undone. */
export const recall = (
  kinds: readonly Kind[],
  plan: Plan,
  observed: readonly Resource[],
): Past => {
  const { owner } = plan
  const registry = makeRegistry(kinds)
  const world = makeWorld(registry, observed)
  const lost = findLost(plan, observed, registry, world).map((before) => {
    const kind = kindOf(registry, before)
    return { kind, identity: kind.identity(before), before, after: undefined }
  })
  const changed = plan.changes.map(({ identity, before, after, kind: name }) => {
    const kind = registry.get(name)
    if (!kind) throw new Error(`bug: there is no kind ${name}`)
    return { kind, identity, before, after }
  })
  const objects = [...changed, ...lost]
    .filter(({ kind }) => !isPassing(kind))
    .map(({ kind, identity, before, after }): Former => {
      const former = reviveOf(kind, before, owner, world)
      return former ? { identity, before: former } : { identity, after }
    })
  const { name, id, records } = owner
  return {
    owner: { name, id },
    records: Object.fromEntries(records),
    objects: objects.filter(({ before, after }) => before ?? after),
  }
}

/**
 * The past of an apply that goes on where an earlier one was cut short: nobody wanted what that one left,
 * so the way back leads to what was before it.
 */
export const joinPasts = (earlier: Past, later: Past): Past => {
  const known = new Set(earlier.objects.map(({ identity }) => identity))
  return {
    ...earlier,
    objects: [...earlier.objects, ...later.objects.filter(({ identity }) => !known.has(identity))],
  }
}

/**
 * A kind, for the way back: what the plan touched may be changed whosever it is, what it made is to go,
 * and what neither is stays, or is made again where it goes along.
 */
const forWayBack = (kind: Kind, made: ReadonlySet<string>): Kind => {
  const { abandon, missing, resolve, unresolvable, record, ...rest } = kind
  // All that looks for what a configuration leaves open: the past leaves nothing open.
  void [abandon, missing, resolve, unresolvable, record]
  return {
    ...rest,
    configures: () => true,
    owner: (observed, owner) => {
      const whose = kind.owner(observed, owner)
      if (whose === 'kernel') return 'kernel'
      // What somebody else made meanwhile under that name carries no mark of ours.
      return whose === 'ours' && made.has(kind.identity(observed)) ? 'ours' : 'foreign'
    },
  }
}

/** The records of the past; of what had to be made again, as it is now. */
const recordsOf = (
  { records, objects, owner }: Past,
  observed: World,
  registry: Registry,
): ReadonlyMap<string, Json> => {
  const former = new Map(objects.map((object) => [object.identity, object.before]))
  const past: Owner = { ...owner, records: new Map(Object.entries(records)) }
  return new Map(
    Object.entries(records).map(([identity, noted]) => {
      const before = former.get(identity)
      if (!before) return [identity, noted]
      const kind = kindOf(registry, before)
      const now = observed.find(identity)
      if (now && kind.owner(now, past) === 'ours') return [identity, noted]
      return [identity, kind.record?.(before, now, now && 'ours', observed) ?? noted]
    }),
  )
}

/** What to read a node for, so that its way back can be planned. */
export const hintsOf = ({ objects }: Past): readonly Resource[] =>
  objects.flatMap(({ before, after }) => before ?? after ?? [])

export interface Present {
  readonly observed: readonly Resource[]
  /** What is noted now. */
  readonly records: ReadonlyMap<string, Json>
}

/** What has to change so that what a plan touched is as it was before: nothing, where it is. */
export const planWayBack = (
  kinds: readonly Kind[],
  past: Past,
  { observed, records }: Present,
): Plan => {
  const made = new Set(
    past.objects.filter(({ before }) => !before).map(({ identity }) => identity),
  )
  const lasting = kinds.filter((kind) => !isPassing(kind))
  const names = new Set(lasting.map(({ name }) => name))
  const there = observed.filter(({ kind }) => names.has(kind))
  const former = past.objects.flatMap(({ before }) => before ?? [])
  const owner: Owner = { ...past.owner, records }
  const back = lasting.map((kind) => forWayBack(kind, made))
  const result = makePlan(back, former, there, { owner, adopt: false })
  if (!result.ok) {
    const [problem] = result.diagnostics
    throw new Error(`bug: a past that cannot be planned: ${problem?.message ?? ''}`)
  }
  const registry = makeRegistry(kinds)
  const noted = recordsOf(past, makeWorld(registry, there), registry)
  return { ...result.plan, records: noted }
}
