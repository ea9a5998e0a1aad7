import type { Kind, Owner, Resource, World } from '../resources/kind.ts'
import { compare } from './decide.ts'
import { dependenciesOf } from './dependencies.ts'
import type { Basis, Dependencies } from './dependencies.ts'
import { makePlan } from './plan.ts'
import type { Change, Plan, PlanResult } from './plan.ts'
import { findMoves, statesOf } from './states.ts'
import type { Move } from './states.ts'
import { kindOf, makeRegistry, makeWorld } from './world.ts'
import type { Registry } from './world.ts'

/** A plan that was made some time ago, and what it was made from. */
export interface Former extends Basis {
  readonly plan: Plan
  readonly adopt: boolean
  /** What is desired of a node that has something else, where the file leaves some of that to the node; undefined: it cannot be had. */
  readonly settle?: ((observed: readonly Resource[]) => readonly Resource[] | undefined) | undefined
}

/** A node as it is now. */
export interface Present {
  readonly observed: readonly Resource[]
  readonly owner: Owner
}

export type Verdict =
  /** `observed` is the node as the plan knows it: what moved and is nothing to the plan is as it was. */
  | {
      readonly state: 'fresh'
      readonly observed: readonly Resource[]
      /** What moved, and is nothing to the plan. */
      readonly others: readonly Move[]
    }
  | { readonly state: 'done'; readonly observed: readonly Resource[] }
  | { readonly state: 'stale'; readonly moves: readonly Move[] }

interface Case {
  readonly kinds: readonly Kind[]
  readonly registry: Registry
  readonly former: Former
  readonly present: Present
  readonly dependencies: Dependencies
}

/** What two plans would have to agree about in a change. */
const essenceOf = ({ action, before, after, differences, adopts, reason }: Change): unknown => [
  action,
  before?.attributes,
  after?.attributes,
  differences,
  adopts,
  reason,
]

/** Whether a plan does with what the former one touches what that one does, in its order, and takes nothing else along. */
const agrees = ({ former, dependencies: { touched } }: Case, plan: Plan): boolean => {
  const part = ({ changes, steps }: Plan): string =>
    JSON.stringify([
      changes
        .filter(({ identity }) => touched.has(identity))
        .map((one) => [one.identity, essenceOf(one)]),
      steps.filter(({ identity }) => touched.has(identity)),
    ])
  const takesAlong = plan.changes.some(
    ({ identity, causes }) => !touched.has(identity) && causes.some((cause) => touched.has(cause)),
  )
  return !takesAlong && part(plan) === part(former.plan)
}

type Grouped = ReadonlyMap<string, readonly Resource[]>

const groupByIdentity = (registry: Registry, resources: readonly Resource[]): Grouped => {
  const groups = new Map<string, Resource[]>()
  for (const resource of resources) {
    const identity = kindOf(registry, resource).identity(resource)
    const group = groups.get(identity)
    if (group) group.push(resource)
    else groups.set(identity, [resource])
  }
  return groups
}

/** The node, where some objects are as they were, each in its place: of several, the first may count. */
export const withFormer = (
  registry: Registry,
  present: readonly Resource[],
  former: readonly Resource[],
  isFormer: (identity: string, kind: Kind) => boolean,
): readonly Resource[] => {
  const [is, was] = [groupByIdentity(registry, present), groupByIdentity(registry, former)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((identity) => {
    const [before = [], now = []] = [was.get(identity), is.get(identity)]
    const [one] = before.length > 0 ? before : now
    return one && isFormer(identity, kindOf(registry, one)) ? before : now
  })
}

const replan = (
  { kinds, former, present }: Case,
  observed: readonly Resource[],
): PlanResult | undefined => {
  const desired = former.settle ? former.settle(observed) : former.desired
  return (
    desired && makePlan(kinds, desired, observed, { owner: present.owner, adopt: former.adopt })
  )
}

/** The node, where these are as they were; and what comes about by itself, since what is saved of it is done. */
const freeze = (
  { registry, present, former }: Case,
  frozen: ReadonlySet<string>,
): readonly Resource[] =>
  withFormer(
    registry,
    present.observed,
    former.observed,
    (identity, kind) => kind.afterwards === true || frozen.has(identity),
  )

const isOf = (moves: readonly Move[]): ReadonlySet<string> =>
  new Set(moves.map(({ identity }) => identity))

/** What becomes of a plan: it is the same, another one, or there is none for something that it is not about. */
type Effect = 'same' | 'other' | 'none'

const judgeResult = (one: Case, result: PlanResult | undefined): Effect => {
  if (!result) return 'other'
  if (result.ok) return agrees(one, result.plan) ? 'same' : 'other'
  const { touched } = one.dependencies
  return result.about?.some((identity) => touched.has(identity)) === false ? 'none' : 'other'
}

/** What becomes of it with some objects as they are now, and the others that moved as they were. */
const effectOf = (one: Case, thawed: readonly Move[], others: readonly Move[]): Effect => {
  const left = isOf(thawed)
  const frozen = isOf(others.filter(({ identity }) => !left.has(identity)))
  return judgeResult(one, replan(one, freeze(one, frozen)))
}

/** Which of these moves have that effect, each by itself: those that have none are dealt with by the lot. */
const findWith = (
  wanted: Effect,
  suspects: readonly Move[],
  effect: (thawed: readonly Move[]) => Effect,
): readonly Move[] => {
  if (suspects.length === 0) return []
  const found = effect(suspects)
  if (found === 'same') return []
  if (suspects.length === 1) return found === wanted ? suspects : []
  const middle = suspects.length >> 1
  const halves = [suspects.slice(0, middle), suspects.slice(middle)]
  return halves.flatMap((half) => findWith(wanted, half, effect))
}

/** Which of these moves make the plan another one. */
const findTelling = (one: Case, others: readonly Move[]): readonly Move[] => {
  const effect = (thawed: readonly Move[]): Effect => effectOf(one, thawed, others)
  // With these there is no plan for something else: they are as they were for the rest.
  const refused = isOf(findWith('none', others, effect))
  const rest = others.filter(({ identity }) => !refused.has(identity))
  const telling = findWith('other', rest, effect)
  if (telling.length > 0 || rest.length === 0) return telling
  // None does by itself, but they may together.
  return effect(rest) === 'same' ? [] : rest
}

/** What only one object can have, and the plan is about to give to one. */
const claimsOf = ({ registry, former: { plan } }: Case): ReadonlySet<string> =>
  new Set(
    plan.changes
      .filter(({ action }) => action === 'create' || action === 'replace')
      .flatMap(({ kind, after }) => (after && registry.get(kind)?.claims?.(after)) ?? []),
  )

/** Whether a move concerns what the plan touches, by what kinds say of their objects. */
const concernOf = (one: Case): ((move: Move) => boolean) => {
  const { registry, former, present, dependencies } = one
  const { touched, needed } = dependencies
  const claimed = claimsOf(one)
  const lost = new Set(
    former.plan.changes
      .filter(({ action }) => action === 'delete' || action === 'replace')
      .map(({ identity }) => identity),
  )
  const now = makeWorld(registry, present.observed)
  return ({ identity, was, is }) => {
    if (touched.has(identity)) return true
    if (needed.has(identity)) return was?.lasting !== is?.lasting
    const resource = now.find(identity)
    // What the kernel keeps by itself comes and goes.
    if (!resource || is?.ownership === 'kernel') return false
    const kind = kindOf(registry, resource)
    return (
      (kind.claims?.(resource) ?? []).some((claim) => claimed.has(claim)) ||
      kind.requires(resource, now).some((required) => lost.has(required))
    )
  }
}

/** Whether an object is as a change leaves it. */
const isAsLeft = (
  { registry }: Case,
  { action, after, ...change }: Change,
  now: World,
): boolean => {
  const found = now.find(change.identity)
  const kind = registry.get(change.kind)
  if (action === 'delete' || !after || !kind) return !found
  return found !== undefined && compare(kind, after, found).length === 0
}

/** Whether nothing is left to do of what the plan touches. */
const isDone = (one: Case, observed: readonly Resource[]): boolean => {
  const { registry, former, dependencies } = one
  const { touched } = dependencies
  const now = makeWorld(registry, observed)
  const changes = former.plan.changes.filter(({ identity }) => touched.has(identity))
  if (changes.length === 0 || !changes.every((change) => isAsLeft(one, change, now))) return false
  const result = replan(one, observed)
  return result?.ok === true && !result.plan.changes.some(({ identity }) => touched.has(identity))
}

/** What is to be said of a node, given a plan that was made for it before. */
export const judgeFormer = (kinds: readonly Kind[], former: Former, present: Present): Verdict => {
  const registry = makeRegistry(kinds)
  const dependencies = dependenciesOf(kinds, former.plan, former)
  const one: Case = { kinds, registry, former, present, dependencies }
  const moves = findMoves(
    statesOf(registry, former.observed, former.plan.owner),
    statesOf(registry, present.observed, present.owner),
  )
  const concerns = concernOf(one)
  const near = moves.filter(concerns)
  const others = moves.filter((move) => !concerns(move))
  const observed = freeze(one, isOf(others))
  const done = [present.observed, observed].find((seen) => isDone(one, seen))
  if (done) return { state: 'done', observed: done }
  if (near.length > 0) return { state: 'stale', moves: near }
  const telling = findTelling(one, others)
  if (telling.length > 0) return { state: 'stale', moves: telling }
  return { state: 'fresh', observed, others }
}
