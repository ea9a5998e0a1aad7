import type { PlanDocument } from './document.ts'
import type { Style } from './style.ts'

/** That some of the changes may lock out, and what lets them pass: below the summary of a plan. */
export const lockoutSummary = (
  { changes }: Pick<PlanDocument, 'changes'>,
  command: 'apply' | 'destroy',
  style: Style,
): readonly string[] => {
  const count = changes.filter(({ lockout }) => lockout !== null).length
  if (count === 0) return []
  const what = `${String(count)} change${count === 1 ? '' : 's'} may lock you out`
  const which = count === 1 ? 'it' : 'them'
  const rest = `${command} refuses ${which} without --confirm-within or --allow-lockout.`
  return [style('red', `! ${what}: ${rest}`)]
}
