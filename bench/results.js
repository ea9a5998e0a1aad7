// What was measured as a table, and whether it keeps to the budgets.
import { round } from './table.js'

const COLUMNS = ['work', 'by', 'CPU ms', 'wall ms', 'peak MB', 'CPU ratio', 'wall ratio']
const GROWTH = ['growth', 'largest n', 'CPU ms', 'worst doubling']

/**
 * What was measured: a table of works, with a line for each who did one, beside whom netplan has the ratios of
 * the line; and a table of what grows.
 *
 * @param format makes lines of text of a table's rows
 */
export const tablesOf = (rows, format) => {
  const works = rows.filter(({ medians }) => medians).flatMap(linesOf)
  const growths = rows.filter(({ points }) => points).map(growthLine)
  return [
    ...(works.length > 0 ? [format([COLUMNS, ...works], (column) => column >= 2)] : []),
    ...(growths.length > 0 ? [format([GROWTH, ...growths], (column) => column >= 1)] : []),
  ]
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

const linesOf = ({ id, medians, figures }) =>
  Object.entries(medians).map(([by, { cpu, wall, peakMB }], index) => [
    index === 0 ? id : '',
    by,
    ...[cpu, wall, peakMB].map(round),
    ...['cpu', 'wall'].map((metric) => figures[`${metric}/${by}`]?.toFixed(2) ?? ''),
  ])

const growthLine = ({ id, points, figures }) => {
  const [n, time] = points.at(-1)
  return [id, String(n), round(time), figures.doubling.toFixed(2)]
}

export const printVerdicts = (verdicts) => {
  console.log()
  for (const verdict of verdicts) console.log(verdictLine(verdict))
}

const verdictLine = ({ pass, id, metric, value, atMost, why }) => {
  const found = value === undefined ? 'not measured' : value.toPrecision(3)
  const reason = pass || why === undefined ? '' : `\n      ${why}`
  return `${pass ? 'pass' : 'FAIL'}  ${id}, ${metric}: ${found}, at most ${atMost}${reason}`
}
