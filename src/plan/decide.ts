import type { Diagnostic } from '../config/diagnostics.ts'
import type {
  Difference,
  Kind,
  Named,
  Owner,
  Ownership,
  Resource,
  Worlds,
} from '../resources/kind.ts'
import { kindOf } from './world.ts'
import type { Registry } from './world.ts'

/** What is known of one object, and what is to be done with it. */
export interface Entry {
  readonly identity: string
  readonly kind: Kind
  /** As observed. */
  readonly before: Resource | undefined
  /** As the configuration has it, unresolved: what the records are made from. */
  readonly declared: Resource | undefined
  /** Of what was observed. */
  ownership: Ownership | undefined
  /** As it is to be. */
  after: Resource | undefined
  action: 'none' | 'create' | 'update' | 'replace' | 'delete'
  differences: readonly Difference[]
  adopts: boolean
  /** It was not ours, and is from now on. */
  taken: boolean
  /** What is left of it when the things it hangs on have gone; undefined as long as nothing is lost. */
  left: Resource | undefined
  /** It goes by itself, with this one. */
  vanishesWith: string | undefined
  /** All that makes it go, `vanishesWith` being the last of them. */
  causes: readonly string[]
  /** What takes a part of it along. */
  losesWith: string | undefined
  reason: string | undefined
}

/** Kernel attributes that were declared and differ. */
export const compare = (
  kind: Kind,
  desired: Resource,
  observed: Resource,
): readonly Difference[] => {
  // What was found as it is wanted, some kinds observe as that (chain.ts).
  if (desired.attributes === observed.attributes) return []
  const { same = sameJson } = kind
  const differences: Difference[] = []
  for (const attribute of Object.keys(desired.attributes)) {
    const after = desired.attributes[attribute]
    const before = observed.attributes[attribute]
    if (after === undefined || same(attribute, after, before)) continue
    const difference = { attribute, before, after }
    differences.push({ ...difference, replaces: kind.replaces?.(difference, desired) === true })
  }
  return differences
}

const sameJson: NonNullable<Kind['same']> = (_, desired, observed) =>
  desired === observed ||
  (typeof desired === 'object' && JSON.stringify(desired) === JSON.stringify(observed ?? null))

/** The differences, as the action that mends them. */
export const reconsider = (entry: Entry, observed: Resource): void => {
  if (!entry.after) return
  entry.differences = compare(entry.kind, entry.after, observed)
  const replaced = entry.differences.some(({ replaces }) => replaces)
  const touched = entry.differences.length > 0 || entry.adopts
  entry.action = replaced ? 'replace' : touched ? 'update' : 'none'
}

/** Everything that the decision depends on. */
export interface Situation extends Worlds {
  readonly registry: Registry
  readonly owner: Owner
  /** Take over whatever is desired, exists and is not ours. */
  readonly adopt: boolean
}

const newEntry = ({
  identity,
  kind,
  before,
  declared,
}: Pick<Entry, 'identity' | 'kind' | 'before' | 'declared'>): Entry => ({
  identity,
  kind,
  before,
  declared,
  ownership: undefined,
  after: undefined,
  action: 'none',
  differences: [],
  adopts: false,
  taken: false,
  left: undefined,
  vanishesWith: undefined,
  causes: [],
  losesWith: undefined,
  reason: undefined,
})

const conflict = (desired: Resource, title: string, ownership: Ownership): Diagnostic => ({
  severity: 'error',
  code: 'conflict',
  message:
    ownership === 'kernel'
      ? `${title} exists already: the kernel made it`
      : `${title} exists already and is not ours`,
  ...(desired.source ? { location: desired.source } : {}),
  hint:
    ownership === 'kernel'
      ? 'it needs no line in the configuration'
      : 'say "adopt: true" there, or --adopt, to take it over; or choose another name',
})

interface Decision {
  readonly entry: Entry
  readonly problem?: Diagnostic
}

const refuse = (entry: Entry, { source }: Pick<Resource, 'source'>, message: string): Decision => ({
  entry,
  problem: { severity: 'error', code: 'node', message, ...(source ? { location: source } : {}) },
})

/** What is not there is made, unless it is a thing that only others can make. */
const decideAbsent = (entry: Entry, declared: Resource, situation: Situation): Decision => {
  const message = entry.kind.missing?.(declared, situation)
  if (message !== undefined) return refuse(entry, declared, message)
  entry.action = 'create'
  return { entry }
}

const isAsked = ({ adopt }: Resource, all: boolean): boolean => adopt === true || all

const lacksMark = ({ kind, after }: Entry, before: Resource): boolean =>
  kind.marked === true && after?.mark !== undefined && after.mark !== before.mark

/** What is there is changed where it differs, if it is ours or may be ours. */
const decidePresent = (
  entry: Entry,
  declared: Resource,
  before: Resource,
  { owner, adopt }: Situation,
): Decision => {
  const { kind, identity } = entry
  const ownership = kind.owner(before, owner)
  const allowed = ownership === 'ours' || kind.configures?.(declared, before) === true
  entry.ownership = ownership
  entry.taken = ownership === 'foreign' && isAsked(declared, adopt && !allowed)
  if (!allowed && !entry.taken) {
    return { entry, problem: conflict(declared, kind.title?.(declared) ?? identity, ownership) }
  }
  entry.adopts = lacksMark(entry, before)
  if (!allowed) entry.reason = 'adopted'
  reconsider(entry, before)
  return { entry }
}

/** A desired object: to be made, changed, taken over, or refused with a diagnostic. */
const decideDesired = ({ identity, resource: declared }: Named, situation: Situation): Decision => {
  const kind = kindOf(situation.registry, declared)
  const before = situation.observed.find(identity)
  const entry = newEntry({ identity, kind, before, declared })
  entry.after = kind.resolve?.(declared, before, situation) ?? declared
  const unknown = kind.unresolvable?.(declared, situation)
  if (unknown) {
    const { message, source = declared.source } = unknown
    return refuse(entry, { source }, message)
  }
  if (!before) return decideAbsent(entry, declared, situation)
  return decidePresent(entry, declared, before, situation)
}

/** What hangs on an object that is adopted is ours with it. */
const withMarkOf = (carrier: Entry | undefined, observed: Resource): Resource =>
  carrier?.adopts === true ? { ...observed, mark: carrier.after?.mark } : observed

/** An object that nothing asks for: what is ours goes, or goes back to what it was. */
const decideObserved = (
  { identity, resource: before }: Named,
  { registry, owner }: Situation,
  entries: ReadonlyMap<string, Entry>,
): Entry => {
  const kind = kindOf(registry, before)
  const carrier = entries.get(kind.carrier?.(before) ?? '')
  const entry = newEntry({ identity, kind, before, declared: undefined })
  entry.ownership = kind.owner(withMarkOf(carrier, before), owner)
  if (entry.ownership !== 'ours') return entry
  entry.reason = 'not in the configuration'
  entry.after = kind.abandon?.(before)
  if (entry.after) reconsider(entry, before)
  else entry.action = 'delete'
  return entry
}

/** What is to be done with each object, taken by itself. */
export const decide = (
  situation: Situation,
): {
  readonly entries: ReadonlyMap<string, Entry>
  readonly problems: readonly Diagnostic[]
  /** What the problems are about, by identity. */
  readonly about: readonly string[]
} => {
  const entries = new Map<string, Entry>()
  const refused: { readonly identity: string; readonly problem: Diagnostic }[] = []
  for (const one of situation.desired.all) {
    const { entry, problem } = decideDesired(one, situation)
    entries.set(entry.identity, entry)
    if (problem) refused.push({ identity: entry.identity, problem })
  }
  for (const one of situation.observed.all) {
    if (entries.has(one.identity)) continue
    const entry = decideObserved(one, situation, entries)
    // What the kernel keeps by itself comes back by itself.
    if (entry.ownership !== 'kernel') entries.set(entry.identity, entry)
  }
  const problems = refused.map(({ problem }) => problem)
  return { entries, problems, about: refused.map(({ identity }) => identity) }
}
