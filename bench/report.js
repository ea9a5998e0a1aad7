// What services.js measured as a table, and whether it keeps to the bounds.
import { round, toColumns } from './table.js'

const LARGE = 10_000

/** A bound that nothing was measured for is not there. */
export const boundsOf = (rows) => [...dataBounds(rows), ...loopBounds(rows)]

const at = ({ n, backend }) => `${n} services, ${backend}`

const atMost = (title, value, limit, unit) => ({
  title: `${title}: ${round(value)}${unit}, at most ${limit}${unit}`,
  pass: value <= limit,
})

const atLeast = (title, value, limit, unit) => ({
  title: `${title}: ${round(value)}${unit}, at least ${limit}${unit}`,
  pass: value >= limit,
})

function dataBounds(rows) {
  const data = rows.filter(({ part }) => part === 'data')
  const find = (like, task) =>
    data.find((row) => row.n === like.n && row.backend === like.backend && row.task === task)
  const flat = data
    .filter(({ task }) => task === 'last')
    .map((row) =>
      atMost(
        `last / first service, ${at(row)}`,
        row.netplan / find(row, 'first').netplan,
        1.3,
        'x',
      ),
    )
  const cheaper = (wanted, limit) =>
    data
      .filter(({ task, n }) => task === wanted && n >= LARGE)
      .map((row) => atLeast(`linear / netplan, ${wanted}, ${at(row)}`, 1 / ratio(row), limit, 'x'))
  return [...flat, ...cheaper('last', 10), ...cheaper('all', 5)]
}

const loopBounds = (rows) =>
  rows
    .filter(({ part }) => part === 'loop')
    .map((row) => ({
      title: `failed connections, ${at(row)}: ${row.netplan} of ${row.connections} during ${row.task}`,
      pass: row.netplan === 0,
    }))

const ratio = ({ netplan, reference }) => netplan / reference

const COLUMNS = ['part', 'services', 'iptables', 'task', 'unit', 'netplan', 'reference', 'ratio']

export const printTable = (rows) => {
  const isNumber = (column) => column === 1 || column >= 5
  for (const line of toColumns([COLUMNS, ...rows.map(cellsOf)], isNumber)) console.log(line)
}

const cellsOf = (row) => [
  row.part,
  String(row.n),
  row.backend,
  row.task,
  row.metric,
  row.metric === 'failed' ? `${row.netplan} of ${row.connections}` : numberOrNone(row.netplan),
  numberOrNone(row.reference),
  row.netplan === undefined || row.reference === undefined ? '' : ratioCell(ratio(row)),
]

const ratioCell = (number) => (number >= 10 ? number.toFixed(0) : number.toPrecision(2))
const numberOrNone = (number) => (number === undefined ? '' : round(number))

export const printBounds = (bounds) => {
  console.log()
  for (const { title, pass } of bounds) console.log(`${pass ? 'pass' : 'FAIL'}  ${title}`)
}
