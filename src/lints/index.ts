import type { Diagnostic } from '../config/diagnostics.ts'
import { lintConntrack } from './conntrack.ts'
import { lintForward } from './forward.ts'
import { sortWarnings } from './lint.ts'
import type { Lint, Situation } from './lint.ts'
import { lintListeners } from './listeners.ts'
import { lintMark } from './mark.ts'
import { lintOthers } from './others.ts'
import { lintReversePath } from './reverse-path.ts'

const lints: readonly Lint[] = [
  lintConntrack,
  lintForward,
  lintListeners,
  lintMark,
  lintOthers,
  lintReversePath,
]

/** What works as planned, and is hardly meant on this node: warnings, since another tool may see to it. */
export const lintNode = async (situation: Situation): Promise<readonly Diagnostic[]> => {
  const found = await Promise.all(lints.map((lint) => lint(situation)))
  return sortWarnings(found.flat())
}
