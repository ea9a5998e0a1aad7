// Rows of cells as text.

/** In columns. @param numeric whether a column has numbers, which stand at its right */
export const toColumns = (lines, numeric) => {
  const widths = lines[0].map((_, at) => Math.max(...lines.map((cells) => cells[at].length)))
  const pad = (cell, at) => (numeric(at) ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))
  return lines.map((cells) => cells.map(pad).join('  ').trimEnd())
}

/** As a table of Markdown. */
export const toMarkdown = ([head, ...lines], numeric) => {
  const rule = head.map((_, at) => (numeric(at) ? '--:' : '---'))
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`)
}

/** Three digits that count. */
export const round = (number) => (number >= 100 ? number.toFixed(0) : number.toPrecision(3))
