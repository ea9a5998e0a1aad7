import type { Diagnostic } from './diagnostics.ts'
import { findAt, type Located } from './located.ts'
import { makeError } from './report.ts'

/** The one error for a file of Canonical's netplan, instead of a list of keys that we do not know. */
export const detectCanonical = (root: Located): Diagnostic | undefined => {
  const network = findAt(root, ['network'])
  if (!network?.key) return undefined
  const message = "a file of Canonical's netplan (Ubuntu's), which is another program"
  const hint =
    'ours has no "network:"; its sections, such as "interfaces:" and "bridges:", stand at the left. ' +
    'Where both programs are installed, ours is also called nodeplan'
  return makeError('canonical', message, network.key, hint)
}
