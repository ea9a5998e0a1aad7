import { run } from './run.ts'
import type { Command, Outcome } from './run.ts'

/** Changes a node. Whoever has one may write; plan and its readers have none. */
export interface Writer {
  run(command: Command): Promise<Outcome>
  /** How many programs were run so far. */
  readonly count: number
}

export interface WriterOptions {
  /** What it starts holds the lock too, so that none outlives us and writes beside the next. */
  readonly lock?: { readonly fd: number } | undefined
  /** Kills what is running. */
  readonly halt?: AbortSignal | undefined
}

/** A writer to the running kernel. What it starts outlives a Ctrl-C, so that no step is cut in two. */
export const openWriter = ({ lock, halt }: WriterOptions = {}): Writer => {
  let count = 0
  return {
    run: (command) => {
      count += 1
      return run({ ...command, detached: true, inherit: lock?.fd, signal: halt })
    },
    get count() {
      return count
    },
  }
}
