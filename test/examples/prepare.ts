import type { Expectation } from './expectation.ts'
import { succeed } from './lab.ts'

/** What was there before. */
export const prepare = async (expectation: Expectation, folder: string): Promise<void> => {
  for (const [machine, commands] of Object.entries(expectation.prepare ?? {})) {
    for (const command of commands) await succeed(['sh', '-c', command], machine, folder)
  }
}
