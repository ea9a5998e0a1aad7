import type { Json } from '../kernel/reader.ts'
import type { Kind, Owner, Resource, World } from '../resources/kind.ts'
import { makePlan } from './plan.ts'
import type { Plan } from './plan.ts'
import { reviveOf } from './revive.ts'
import { kindOf, makeRegistry, makeWorld } from './world.ts'
import type { Registry } from './world.ts'

/** One object that a plan touches: as it was, or as it is to be where there was none. */
interface Former {
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

const wholeOf = (
  kind: Kind,
  resource: Resource | undefined,
  world: World,
): ReturnType<NonNullable<Kind['whole']>> | undefined => resource && kind.whole?.(resource, world)

/** What was observed, as the past has it. */
const gather = (registry: Registry, observed: readonly Resource[]): readonly Resource[] => {
  const world = makeWorld(registry, observed)
  const found = observed.map((resource) => {
    const kind = kindOf(registry, resource)
    const all = wholeOf(kind, resource, world)?.all ?? resource
    return [kind.identity(all), all] as const
  })
  return [...new Map(found).values()]
}

/** What is lost with the things that go, although it is nobody's to plan: as the `lo` of a namespace. */
const findLost = (
  { changes, owner }: Plan,
  observed: readonly Resource[],
  registry: Registry,
  world: World,
): readonly Resource[] => {
  const gone = changes
    .filter(({ action }) => action === 'delete' || action === 'replace')
    .map(({ identity }) => identity)
  if (gone.length === 0) return []
  const known = new Set(changes.map(({ identity }) => identity))
  const rest = observed.filter((resource) => !known.has(world.identity(resource)))
  const hangingOn = (gone: ReadonlySet<string>): readonly Resource[] =>
    rest.filter((resource) =>
      kindOf(registry, resource)
        .requires(resource, world)
        .some((required) => gone.has(required)),
    )
  // A plan says what goes with what it takes away; nobody says what goes with `lo`.
  const nobodys = hangingOn(new Set(gone)).filter((resource) => {
    const kind = kindOf(registry, resource)
    return kind.owner(resource, owner) === 'kernel' && kind.revive?.(resource, world) !== undefined
  })
  return hangingOn(new Set([...gone, ...nobodys.map((one) => world.identity(one))]))
}

/** What has to be remembered, so that the plan can be undone. */
export const recall = (kinds: readonly Kind[], plan: Plan, observed: readonly Resource[]): Past => {
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
      const whole = wholeOf(kind, before ?? after, world)
      if (whole)
        return whole.all
          ? { identity: whole.identity, before: whole.all }
          : { identity: whole.identity, after }
      const former = reviveOf(kind, before, owner, world)
      return former ? { identity, before: former } : { identity, after }
    })
  const interims = plan.changes.flatMap(({ kind: name, adopts, after }): readonly Former[] => {
    const kind = registry.get(name)
    const interim = adopts && after && kind?.interim?.(after)
    return kind && interim ? [{ identity: kind.identity(interim), after: interim }] : []
  })
  const { name, id, records } = owner
  return {
    owner: { name, id },
    records: Object.fromEntries(records),
    objects: [...objects, ...interims].filter(({ before, after }) => before ?? after),
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

/** Without all that looks for what a configuration leaves open: the past leaves nothing open. */
const withoutGaps = ({
  abandon: _1,
  missing: _2,
  resolve: _3,
  unresolvable: _4,
  record: _5,
  ...rest
}: Kind): Kind => rest

/**
 * A kind, for the way back: what the plan touched may be changed whosever it is, what it made is to go,
 * and what neither is stays, or is made again where it goes along.
 */
const forWayBack = (kind: Kind, made: ReadonlySet<string>): Kind => ({
  ...withoutGaps(kind),
  configures: () => true,
  owner: (observed, owner) => {
    const whose = kind.owner(observed, owner)
    if (whose === 'kernel') return 'kernel'
    // What somebody else made meanwhile under that name carries no mark of ours.
    return whose === 'ours' && made.has(kind.identity(observed)) ? 'ours' : 'foreign'
  },
})

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

const planFormer = (
  kinds: readonly Kind[],
  former: readonly Resource[],
  observed: readonly Resource[],
  owner: Owner,
): Plan => {
  const result = makePlan(kinds, former, observed, { owner, adopt: false })
  if (result.ok) return result.plan
  const [problem] = result.diagnostics
  throw new Error(`bug: a past that cannot be planned: ${problem?.message ?? ''}`)
}

/**
 * The past, with the marks that things carry now: those of others are given back last, since until then
 * ours tells what of it we made.
 */
const withMarks = (former: readonly Resource[], observed: World): readonly Resource[] =>
  former.map((resource) => {
    const now = observed.find(observed.identity(resource))
    return now ? { ...resource, mark: now.mark } : resource
  })

/** What to read a node for, so that its way back can be planned. */
export const hintsOf = ({ objects }: Past): readonly Resource[] =>
  objects.flatMap(({ before, after }) => before ?? after ?? [])

export interface Present {
  readonly observed: readonly Resource[]
  /** What is noted now. */
  readonly records: ReadonlyMap<string, Json>
  readonly notedAt?: number | undefined
}

/** What has to change so that what a plan touched is as it was before: nothing, where it is. */
export const planWayBack = (
  kinds: readonly Kind[],
  past: Past,
  { observed, records, notedAt }: Present,
): Plan => {
  const made = new Set(past.objects.filter(({ before }) => !before).map(({ identity }) => identity))
  const lasting = kinds.filter((kind) => !isPassing(kind))
  const names = new Set(lasting.map(({ name }) => name))
  const registry = makeRegistry(kinds)
  const there = gather(
    registry,
    observed.filter(({ kind }) => names.has(kind)),
  )
  const world = makeWorld(registry, there)
  const former = past.objects
    .flatMap(({ before }) => before ?? [])
    .map((resource) => kindOf(registry, resource).refit?.(resource, world) ?? resource)
  const owner: Owner = { ...past.owner, records, notedAt }
  const back = lasting.map((kind) => forWayBack(kind, made))
  const plan = planFormer(back, former, there, owner)
  const noted = { ...plan, records: recordsOf(past, world, registry) }
  if (!plan.changes.some(({ adopts }) => adopts)) return noted
  const { steps } = planFormer(back, withMarks(former, world), there, owner)
  return steps.length > 0 ? { ...noted, steps } : noted
}
