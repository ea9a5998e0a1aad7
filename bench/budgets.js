// What may cost how much at most: budgets.json, by the part of the bench that measures it.
import { readFileSync } from 'node:fs'

export const readBudgets = () =>
  JSON.parse(readFileSync(new URL('budgets.json', import.meta.url), 'utf8'))

/**
 * Compares what was measured with the budgets of the parts that were. A budget that nothing was measured for
 * is missed, but for one beside a peer: there it may be that nobody has the peer.
 */
export const judge = (budgets, parts, rows) =>
  parts
    .flatMap((part) => budgets[part] ?? [])
    .map((budget) => {
      const value = rows.find(({ id }) => id === budget.id)?.figures[budget.metric]
      return { ...budget, value, pass: value <= budget.atMost }
    })
    .filter(({ metric, value }) => value !== undefined || !isBesidePeer(metric))

const isBesidePeer = (metric) => metric.includes('/') && !metric.endsWith('/floor')
