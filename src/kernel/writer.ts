import { run } from './run.ts'
import type { Command, Outcome } from './run.ts'

/** Changes a node. Whoever has one may write; plan and its readers have none. */
export interface Writer {
  run(command: Command): Promise<Outcome>
  /** How many programs were run so far. */
  readonly count: number
}

/** A writer to the running kernel. What it starts outlives a Ctrl-C, so that no step is cut in two. */
export const openWriter = (): Writer => {
  let count = 0
  return {
    run: (command) => {
      count += 1
      return run({ ...command, detached: true })
    },
    get count() {
      return count
    },
  }
}
