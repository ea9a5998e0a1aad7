import { performance } from 'node:perf_hooks'
import type { Batch, Rehearsal, Stage } from '../present/rehearsal-document.ts'
import { exitCodes } from './failure.ts'
import type { View } from './view.ts'

const roundTenths = (value: number): number => Math.round(value * 10) / 10

/** A report, while it comes about. */
export interface Draft {
  report: Rehearsal
  /** Does a part of the rehearsal, and notes how long it took. */
  time<T>(name: Stage['name'], work: () => Promise<T>): Promise<T>
}

/** A report of nothing yet. */
export const emptyReport = (node: string, owner: string): Rehearsal => ({
  formatVersion: '1.0',
  type: 'rehearsal',
  node,
  owner,
  verdict: 'nothing-to-do',
  exitCode: exitCodes.done,
  message: null,
  refused: null,
  diagnostics: [],
  leftOut: [],
  planDiffers: [],
  plan: null,
  stages: [],
  batches: [],
  checks: [],
  secondPlan: null,
  rollback: null,
})

export const startReport = ({ nodeName, owner }: Pick<View, 'nodeName' | 'owner'>): Draft => {
  const draft: Draft = {
    report: emptyReport(nodeName, owner.name),
    time: async (name, work) => {
      const began = performance.now()
      try {
        return await work()
      } finally {
        const milliseconds = roundTenths(performance.now() - began)
        const { stages } = draft.report
        draft.report = { ...draft.report, stages: [...stages, { name, milliseconds }] }
      }
    },
  }
  return draft
}

/** Notes what is known by now. */
export const add = (draft: Draft, more: Partial<Rehearsal>): void => {
  draft.report = { ...draft.report, ...more }
}

/** Notes how long each batch of steps took. */
export const watchBatches = (): {
  readonly batches: Batch[]
  readonly onProgress: (done: number) => void
} => {
  const batches: Batch[] = []
  let since = performance.now()
  return {
    batches,
    onProgress: (done) => {
      const first = (batches.at(-1)?.last ?? 0) + 1
      const now = performance.now()
      // A second round, of what comes afterwards, counts from 1 again.
      if (done >= first) batches.push({ first, last: done, milliseconds: roundTenths(now - since) })
      since = now
    },
  }
}
