import type { Outcome } from './loop.ts'

/** Whether a loop is alive, and whether the node is as described. */
export interface Health {
  began(): void
  ended(outcome: Outcome): void
  /** Why it is not alive; undefined: it is. */
  illness(): string | undefined
  /** Why the node is not known to be as described; undefined: it is. */
  unreadiness(): string | undefined
}

/** A round that takes longer hangs. */
const longest = 10 * 60_000

export const openHealth = (resync: number, now: () => number = () => performance.now()): Health => {
  let running: number | undefined
  let lastEnd = now()
  let last: Outcome | undefined
  return {
    began: () => {
      running = now()
    },
    ended: (outcome) => {
      running = undefined
      lastEnd = now()
      last = outcome
    },
    illness: () => {
      if (running !== undefined)
        return now() - running > longest ? 'a round does not come to its end' : undefined
      return last && now() - lastEnd > longest + resync ? 'no round is begun any more' : undefined
    },
    unreadiness: () => {
      if (!last) return 'nothing was looked at yet'
      if (last.kind === 'held' || last.kind === 'failed') return `${last.reason}: ${last.error}`
      return last.kind === 'differs' ? `${String(last.changes)} changes are to be made` : undefined
    },
  }
}
