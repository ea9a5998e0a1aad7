// Text in columns.

/** @param numeric whether a column has numbers, which stand at its right */
export const printColumns = (lines, numeric) => {
  const widths = lines[0].map((_, at) => Math.max(...lines.map((cells) => cells[at].length)))
  const pad = (cell, at) => (numeric(at) ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))
  for (const cells of lines) console.log(cells.map(pad).join('  ').trimEnd())
}

/** Three digits that count. */
export const round = (number) => (number >= 100 ? number.toFixed(0) : number.toPrecision(3))
