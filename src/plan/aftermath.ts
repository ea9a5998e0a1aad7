import type { Aftermath, Difference, Fate, Resource, Worlds } from '../resources/kind.ts'
import type { Entry } from './decide.ts'
import { reconsider } from './decide.ts'

/** Whether what hangs on it can be made again: not so on a link that stays down. */
const comesBack = (entry: Entry | undefined): boolean => {
  const fate = fateOf(entry)
  return fate !== 'deleted' && fate !== 'down'
}

type Entries = ReadonlyMap<string, Entry>

const fateOf = (entry: Entry | undefined): Fate => {
  if (!entry) return undefined
  if (entry.action === 'create') return 'created'
  if (entry.action === 'delete') return 'deleted'
  if (entry.action === 'replace') return 'replaced'
  if (entry.action !== 'update' || !entry.before || !entry.after) return undefined
  const { before, after, differences, adopts } = entry
  return entry.kind.fate?.({ action: 'update', before, after, differences, adopts })
}

/** The object whose own removal takes this one along. */
export const rootOf = (entries: Entries, identity: string): string => {
  let root = identity
  for (;;) {
    const next = entries.get(root)?.vanishesWith
    if (next === undefined) return root
    root = next
  }
}

/** What the others do to one object after the other. */
interface Lens {
  look(entry: Entry): Aftermath
  /** What was found to do something to the object that was looked at last. */
  causes(): readonly string[]
}

/**
 * What goes because of the very object that is looked at is no reason for it to go: of the two ends of a veth one is
 * deleted, the other goes along.
 */
const makeLens = (entries: Entries, worlds: Worlds): Lens => {
  let self: Entry | undefined
  let causes: string[] = []
  const fate = (identity: string): Fate => {
    const other = entries.get(identity)
    const found = fateOf(other)
    if (found === undefined || other === self) return found
    if (other?.vanishesWith !== undefined && rootOf(entries, identity) === self?.identity)
      return undefined
    causes.push(identity)
    return found
  }
  const gone = (identity: string): boolean => {
    const found = fate(identity)
    return found === 'deleted' || found === 'replaced'
  }
  const changed = (identity: string, attribute: string): Difference | undefined => {
    const other = entries.get(identity)
    if (other?.action !== 'update') return undefined
    const found = other.differences.find((difference) => difference.attribute === attribute)
    if (found) causes.push(identity)
    return found
  }
  const remains = (identity: string): boolean => {
    const other = entries.get(identity)
    return other ? other.action !== 'delete' : worlds.observed.find(identity) !== undefined
  }
  const aftermath: Aftermath = { fate, gone, changed, remains, ...worlds }
  const look = (entry: Entry): Aftermath => {
    self = entry
    causes = []
    return aftermath
  }
  return { look, causes: () => causes }
}

/** It is gone; if it is wanted, or not ours and it can be made again, it is made again. */
const vanish = (entry: Entry, causes: readonly string[], restorable: boolean): void => {
  const cause = causes.at(-1) ?? ''
  entry.vanishesWith = cause
  entry.causes = causes
  if (entry.action === 'delete') return
  // What nothing asks for is gone for good, but what is not ours comes back as it was.
  if (!entry.declared) {
    const restored = entry.ownership === 'foreign' && restorable
    entry.after = restored ? entry.before : undefined
  }
  entry.action = entry.after ? 'replace' : 'delete'
  entry.reason = entry.after
    ? `goes with ${cause}, and is made again`
    : `goes with ${cause}${entry.ownership === 'foreign' ? ', although it is not ours' : ''}`
}

/** A part of it is lost; what is wanted of that is set again. */
const lose = (entry: Entry, left: Resource, cause: string, entries: Entries): void => {
  entry.left = left
  entry.losesWith = cause
  if (!entry.after && entry.ownership === 'foreign' && comesBack(entries.get(cause)))
    entry.after = entry.before
  reconsider(entry, left)
  if (entry.action !== 'none') entry.reason ??= `loses it with ${cause}`
}

const sameAttributes = (a: Resource | undefined, b: Resource): boolean =>
  a !== undefined && JSON.stringify(a.attributes) === JSON.stringify(b.attributes)

/** What was to be made again may have nothing left to be made on: others went after it was looked at. */
const giveUp = (entry: Entry, entries: Entries, lens: Lens): boolean => {
  const { before, kind, declared, vanishesWith } = entry
  if (!before || vanishesWith === undefined || declared || !entry.after) return false
  if (kind.restorable?.(before, lens.look(entry)) ?? comesBack(entries.get(vanishesWith)))
    return false
  vanish(entry, entry.causes, false)
  return true
}

/** @returns whether anything changed */
const follow = (entry: Entry, entries: Entries, lens: Lens): boolean => {
  const { before, kind, vanishesWith } = entry
  if (!before || vanishesWith !== undefined || !kind.survives) return false
  const aftermath = lens.look(entry)
  const left = kind.survives(before, aftermath)
  const causes = lens.causes()
  const cause = causes.at(-1)
  if (left === before || cause === undefined) return false
  if (!left) {
    const restorable = kind.restorable?.(before, aftermath) ?? comesBack(entries.get(cause))
    vanish(entry, causes, restorable)
    return true
  }
  if (entry.action === 'delete' || sameAttributes(entry.left, left)) return false
  lose(entry, left, cause, entries)
  return true
}

/** What may lose something: backwards, so that of a veth pair the end in the node is the one that is deleted. */
const findDependants = (entries: Entries): readonly Entry[] =>
  [...entries.values()]
    .filter(({ before, kind }) => before && kind.survives)
    .map((entry) => ({ entry, place: `${entry.before?.namespace ?? ''} ${entry.identity}` }))
    .sort((a, b) => (a.place < b.place ? 1 : -1))
    .map(({ entry }) => entry)

/**
 * Follows every deletion, replacement and far-reaching update to what hangs on it, until nothing
 * new happens. Changes the entries in place.
 */
export const followAftermath = (entries: Entries, worlds: Worlds): void => {
  let changed = [...entries.values()].some(({ action }) => action !== 'none')
  const dependants = changed ? findDependants(entries) : []
  const lens = makeLens(entries, worlds)
  while (changed) {
    changed = false
    for (const entry of dependants)
      if (follow(entry, entries, lens) || giveUp(entry, entries, lens)) changed = true
  }
}
