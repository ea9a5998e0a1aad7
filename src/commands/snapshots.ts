import { Flags } from '@oclif/core'
import { parseSnapshot } from '../kernel/parse-snapshot.ts'
import { SnapshotError } from '../kernel/snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { readDocument } from './document-files.ts'

export const stateFlag = {
  state: Flags.string({
    description: 'plan for the node that this snapshot is of (show --snapshot), wherever that is',
    helpValue: 'FILE',
    exclusive: ['netns'],
  }),
}

/** @throws SnapshotError where there is none, or none that can be used */
export const readSnapshot = async (file: string): Promise<Snapshot> => {
  let text: string
  try {
    text = await readDocument(file)
  } catch (error) {
    throw new SnapshotError('invalid', (error as Error).message)
  }
  return parseSnapshot(text, file)
}
