// What was measured as a table, and whether it keeps to the budgets.
import { printColumns, round } from './table.js'

const COLUMNS = ['work', 'by', 'CPU ms', 'wall ms', 'peak MB', 'CPU ratio', 'wall ratio']

/** A line for each who did a work; the ratios are those of netplan by the one of the line. */
export const printRows = (rows) =>
  printColumns([COLUMNS, ...rows.flatMap(linesOf)], (column) => column >= 2)

const linesOf = ({ id, medians, figures }) =>
  Object.entries(medians).map(([by, { cpu, wall, peakMB }], index) => [
    index === 0 ? id : '',
    by,
    ...[cpu, wall, peakMB].map(round),
    ...['cpu', 'wall'].map((metric) => figures[`${metric}/${by}`]?.toFixed(2) ?? ''),
  ])

export const printVerdicts = (verdicts) => {
  console.log()
  for (const verdict of verdicts) console.log(verdictLine(verdict))
}

const verdictLine = ({ pass, id, metric, value, atMost, why }) => {
  const found = value === undefined ? 'not measured' : value.toPrecision(3)
  const reason = pass || why === undefined ? '' : `\n      ${why}`
  return `${pass ? 'pass' : 'FAIL'}  ${id}, ${metric}: ${found}, at most ${atMost}${reason}`
}
