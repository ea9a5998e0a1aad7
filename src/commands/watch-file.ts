import { isAlive, ownProcess } from '../kernel/processes.ts'
import type { ProcessId } from '../kernel/processes.ts'
import { readSafely, writeAtomically } from '../kernel/state-files.ts'

const watchPath = (journal: string): string => `${journal}.watch`

/** The watchdog of a journal, be it alive or not. */
export const readWatch = async (journal: string): Promise<ProcessId | undefined> => {
  const text = await readSafely(watchPath(journal))
  return text === undefined ? undefined : (JSON.parse(text) as ProcessId)
}

/** Says that this process watches over a journal. */
export const announceWatch = async (journal: string): Promise<void> =>
  writeAtomically(watchPath(journal), `${JSON.stringify(await ownProcess())}\n`)

/** Whether there is somebody who rolls back when the time has come. */
export const isWatched = async (journal: string): Promise<boolean> => {
  const watch = await readWatch(journal)
  return watch !== undefined && isAlive(watch)
}
