import type { Diagnostic } from '../config/diagnostics.ts'
import type { ChangeDocument, Summary } from './document.ts'

/**
 * What became of a node of a fleet: `new` has no snapshot, and is planned as one that has nothing; `missing` has none,
 * and no plan; `unknown` has one and is not in the configuration, `removed` is not in it any more.
 */
export type Status = 'planned' | 'new' | 'refused' | 'missing' | 'unknown' | 'removed'

/** Whether there is a plan for it. */
export const isPlanned = (status: Status): status is 'planned' | 'new' =>
  status === 'planned' || status === 'new'

/** One node in the document of a fleet's plan, of schemas/fleet.schema.json. */
export interface FleetNodeDocument {
  readonly node: string
  readonly status: Status
  readonly summary: Summary
  readonly changes: readonly ChangeDocument[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What the plan of a fleet comes to. */
export interface FleetSummary extends Summary {
  readonly nodes: number
  /** Of those that were planned. */
  readonly changed: number
  readonly new: number
  readonly refused: number
  readonly missing: number
  readonly unknown: number
  readonly removed: number
}

const none: Summary = { create: 0, update: 0, replace: 0, delete: 0 }

/** A node that has no plan, and why. */
export const unplanned = (
  node: string,
  status: Exclude<Status, 'planned' | 'new'>,
  diagnostics: readonly Diagnostic[],
): FleetNodeDocument => ({ node, status, summary: none, changes: [], diagnostics })

const addCounts = (a: Summary, b: Summary): Summary => ({
  create: a.create + b.create,
  update: a.update + b.update,
  replace: a.replace + b.replace,
  delete: a.delete + b.delete,
})

/** Counts the nodes of a fleet. */
export interface FleetCounter {
  count(node: FleetNodeDocument): void
  summary(): FleetSummary
}

export const startCounting = (): FleetCounter => {
  let total = none
  let changed = 0
  const counts = { planned: 0, new: 0, refused: 0, missing: 0, unknown: 0, removed: 0 }
  return {
    count: ({ status, summary, changes }) => {
      counts[status] += 1
      if (changes.length > 0) changed += 1
      total = addCounts(total, summary)
    },
    summary: () => {
      const { planned, ...others } = counts
      const nodes = Object.values(others).reduce((sum, count) => sum + count, planned)
      return { nodes, changed, ...others, ...total }
    },
  }
}
