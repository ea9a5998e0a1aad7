import type { SavedTable } from '../iptables/save.ts'
import { targetOf } from '../resources/engine.ts'

/** The chains that packets may come to from these built-in ones, with them, the nearest first. */
export const reachableChains = (
  table: SavedTable,
  roots: readonly string[],
): ReadonlyMap<string, number> => {
  const reached = new Map<string, number>()
  const queue = roots.filter((name) => table.has(name))
  for (const name of queue) {
    if (reached.has(name)) continue
    reached.set(name, reached.size)
    for (const rule of table.get(name)?.rules ?? []) {
      const target = targetOf(rule)
      if (target !== undefined && table.has(target) && !reached.has(target)) queue.push(target)
    }
  }
  return reached
}

const translating: ReadonlySet<string> = new Set(['DNAT', 'REDIRECT'])

/** Tells whether packets that a rule leads there get another destination. */
export const translations = (table: SavedTable): ((target: string) => boolean) => {
  const known = new Map<string, boolean>()
  const translates = (target: string): boolean => {
    if (translating.has(target)) return true
    const found = known.get(target)
    if (found !== undefined) return found
    // A loop gives nobody another destination.
    known.set(target, false)
    const rules = table.get(target)?.rules ?? []
    const result = rules.some((rule) => translates(targetOf(rule) ?? ''))
    known.set(target, result)
    return result
  }
  return translates
}
