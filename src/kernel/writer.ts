import { run } from './run.ts'
import { runUntilFailure } from './run-all.ts'
import type { Command, Outcome } from './run.ts'

/** Changes a node. Whoever has one may write; plan and its readers have none. */
export interface Writer {
  run(command: Command): Promise<Outcome>
  /**
   * Runs several one after the other, up to one that fails.
   *
   * @returns how those ended that were run: at least one
   */
  runInTurn(commands: readonly Command[]): Promise<readonly Outcome[]>
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
  const how = { detached: true, inherit: lock?.fd, signal: halt }
  return {
    run: (command) => {
      count += 1
      return run({ ...command, ...how })
    },
    runInTurn: async (commands) => {
      const outcomes = await runUntilFailure(commands, how)
      count += outcomes.length
      return outcomes
    },
    get count() {
      return count
    },
  }
}
