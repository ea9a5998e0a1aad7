import type { Diagnostic } from '../config/diagnostics.ts'
import { lintConntrack } from './conntrack.ts'
import type { Lint, Situation } from './lint.ts'

const lints: readonly Lint[] = [lintConntrack]

/** What works as planned, and is hardly meant on this node: warnings, since another tool may see to it. */
export const lintNode = async (situation: Situation): Promise<readonly Diagnostic[]> => {
  const found = await Promise.all(lints.map((lint) => lint(situation)))
  return found.flat()
}
