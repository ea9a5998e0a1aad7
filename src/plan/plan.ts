import type { Diagnostic } from '../config/diagnostics.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import { compareNames } from '../net/order.ts'
import type { Difference, Kind, Owner, Resource } from '../resources/kind.ts'
import { followAftermath } from './aftermath.ts'
import { findCause } from './causes.ts'
import type { Cause } from './causes.ts'
import { decide } from './decide.ts'
import type { Entry, Situation } from './decide.ts'
import { schedule } from './schedule.ts'
import type { ScheduledStep } from './schedule.ts'
import { groupByKind, kindOf, makeRegistry, makeWorld } from './world.ts'

export type { ScheduledStep } from './schedule.ts'

/** What is to happen to one object. */
export interface Change {
  readonly identity: string
  /** What a person calls it: "bridge br0". */
  readonly title: string
  readonly kind: string
  /** What a person wrote that it is a part of. */
  readonly group: string | undefined
  readonly action: 'create' | 'update' | 'replace' | 'delete'
  readonly before: Resource | undefined
  readonly after: Resource | undefined
  readonly differences: readonly Difference[]
  readonly adopts: boolean
  readonly reason: string | undefined
  readonly cause: Cause
  /** Identities of what takes it, or a part of it, along. */
  readonly causes: readonly string[]
  /** Its kind's changes come after all others', and may have to be made once more. */
  readonly afterwards: boolean
  /** Why it may keep people out of the node: src/guards finds out. */
  readonly lockout?: string
}

/** What would make the node as described: nothing, if `changes` is empty. */
export interface Plan {
  readonly owner: Owner
  readonly changes: readonly Change[]
  /** All writes, in the order in which they are made. */
  readonly steps: readonly ScheduledStep[]
  /** What is to be noted once it is done, by identity. */
  readonly records: ReadonlyMap<string, Json>
  /** How many objects were read. */
  readonly observed: number
}

export type PlanResult =
  | { readonly ok: true; readonly plan: Plan; readonly warnings: readonly Diagnostic[] }
  | {
      readonly ok: false
      readonly diagnostics: readonly Diagnostic[]
      /** What cannot be planned, by identity, where it is objects. */
      readonly about?: readonly string[]
    }

export interface PlanOptions {
  readonly owner: Owner
  readonly adopt: boolean
}

/** Reads everything that a plan for these resources depends on. */
export const observeAll = async (
  kinds: readonly Kind[],
  reader: Reader,
  desired: readonly Resource[],
): Promise<readonly Resource[]> => {
  const wanted = groupByKind(desired)
  const all = await Promise.all(
    kinds.map((kind) => kind.observe(reader, wanted.get(kind.name) ?? [])),
  )
  return all.flat()
}

/** By kind, namespace and identity: independent of the order in the file. */
const sortEntries = (entries: Iterable<Entry>, kinds: readonly Kind[]): readonly Entry[] => {
  const rank = new Map(kinds.map((kind, index) => [kind, index]))
  const place = ({ before, after }: Entry): string => (after ?? before)?.namespace ?? ''
  return [...entries]
    .filter(({ action }) => action !== 'none')
    .sort(
      (a, b) =>
        (rank.get(a.kind) ?? 0) - (rank.get(b.kind) ?? 0) ||
        compareNames(place(a), place(b)) ||
        compareNames(a.identity, b.identity),
    )
}

const toChange = (entry: Entry, cause: Cause): Change => {
  const { identity, kind, before, after, action, differences, adopts, reason } = entry
  const shown = after ?? before
  if (action === 'none' || !shown) throw new Error(`bug: no change of ${identity}`)
  const title = kind.title?.(shown) ?? identity
  const group = kind.group?.(shown)
  const afterwards = kind.afterwards === true
  return {
    identity,
    title,
    kind: kind.name,
    group,
    afterwards,
    action,
    before,
    after,
    differences,
    adopts,
    reason,
    cause,
    causes: [...entry.causes, ...(entry.losesWith === undefined ? [] : [entry.losesWith])],
  }
}

const collectRecords = (
  entries: ReadonlyMap<string, Entry>,
  situation: Situation,
): ReadonlyMap<string, Json> => {
  const records = new Map<string, Json>()
  for (const { identity, kind, declared, before, taken, ownership } of entries.values()) {
    if (!declared) continue
    const whose = taken ? 'ours' : ownership
    const noted = kind.record?.(declared, before, whose, situation.observed)
    if (noted !== undefined) records.set(identity, noted)
  }
  return records
}

/**
 * What has to change so that the node has what is desired, and nothing of the owner's beside. Pure:
 * the same input gives the same plan.
 */
export const makePlan = (
  kinds: readonly Kind[],
  desired: readonly Resource[],
  observed: readonly Resource[],
  { owner, adopt }: PlanOptions,
): PlanResult => {
  const registry = makeRegistry(kinds)
  const worlds = { desired: makeWorld(registry, desired), observed: makeWorld(registry, observed) }
  const situation: Situation = { ...worlds, registry, owner, adopt }
  const { entries, problems, about } = decide(situation)
  if (problems.length > 0) return { ok: false, diagnostics: problems, about }
  followAftermath(entries, worlds)
  const sorted = sortEntries(entries.values(), kinds)
  const plan: Plan = {
    owner,
    changes: sorted.map((entry) => toChange(entry, findCause(entry, entries, owner.applied))),
    steps: schedule(entries, sorted, worlds),
    records: collectRecords(entries, situation),
    observed: observed.filter((one) => kindOf(registry, one).owner(one, owner) !== 'kernel').length,
  }
  return { ok: true, plan, warnings: [] }
}
