import * as Flags from '@oclif/core/flags'
import { parseSnapshot } from '../kernel/parse-snapshot.ts'
import { SnapshotError } from '../kernel/snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { shownName } from '../config/source.ts'
import { readDocument } from './document-files.ts'
import { exitCodes, Failure } from './failure.ts'

export const stateFlag = {
  state: Flags.string({
    description:
      'take the node that this snapshot is of (show --snapshot), wherever that is; - is standard input',
    helpValue: 'FILE',
    exclusive: ['netns'],
  }),
}

/**
 * The snapshot of a file; - is standard input, if no configuration comes by that.
 *
 * @throws SnapshotError where there is none, or none that can be used
 */
export const readSnapshot = async (
  file: string,
  { file: files = [] }: { readonly file?: readonly string[] | undefined } = {},
): Promise<Snapshot> => {
  if (file === '-' && files.includes('-')) {
    const message = 'standard input can be read once: by -f, or by --state'
    throw new Failure(exitCodes.usage, 'usage', message)
  }
  let text: string
  try {
    text = await readDocument(file)
  } catch (error) {
    throw new SnapshotError('invalid', (error as Error).message)
  }
  return parseSnapshot(text, shownName(file))
}
