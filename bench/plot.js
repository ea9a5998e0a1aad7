// Lines in a system of two logarithmic axes, as SVG: what grows with n is parallel to the dashed line.

const WIDTH = 480
const HEIGHT = 360
const FRAME = { left: 56, top: 40, right: 28, bottom: 150 }
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']
const TEXT = 'font-family="sans-serif" font-size="12" fill="#222"'

/** @param panels rows with `points`, pairs of n and milliseconds, and their `figures`, by the title of a panel */
export const drawPlot = (panels) => {
  const entries = Object.entries(panels)
  const width = WIDTH * entries.length
  const height = HEIGHT + FRAME.top + FRAME.bottom
  const parts = entries.map(([title, rows], index) => drawPanel(title, rows, index * WIDTH))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts.flat(),
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel(title, rows, left) {
  const points = rows.flatMap((row) => row.points)
  const x = axisOf(
    points.map(([n]) => n),
    [FRAME.left, WIDTH - FRAME.right],
  )
  const y = axisOf(
    points.map(([, time]) => time),
    [FRAME.top + HEIGHT, FRAME.top],
  )
  return [
    `<g transform="translate(${left} 0)">`,
    label(FRAME.left, 24, `ms of CPU by n: ${title}`),
    ...grid(x, y),
    slope(x, y),
    ...rows.flatMap((row, index) => [line(row, index, x, y), legend(row, index)]),
    '</g>',
  ]
}

/** A logarithmic axis, with a tick at each power of ten. */
function axisOf(values, [start, end]) {
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))]
  const place = (value) => start + ((Math.log10(value) - low) / (high - low)) * (end - start)
  const first = Math.ceil(low)
  const ticks = Array.from({ length: Math.floor(high) - first + 1 }, (_, at) => 10 ** (first + at))
  return { place, ticks, low, high }
}

const grid = (x, y) => [
  ...x.ticks.flatMap((tick) => [
    stroke(
      [
        [x.place(tick), FRAME.top],
        [x.place(tick), FRAME.top + HEIGHT],
      ],
      '#ddd',
    ),
    label(x.place(tick), FRAME.top + HEIGHT + 16, tick, 'middle'),
  ]),
  ...y.ticks.flatMap((tick) => [
    stroke(
      [
        [FRAME.left, y.place(tick)],
        [WIDTH - FRAME.right, y.place(tick)],
      ],
      '#ddd',
    ),
    label(FRAME.left - 6, y.place(tick) + 4, tick, 'end'),
  ]),
]

/** From the lower left: ten times the objects, ten times the time. */
function slope(x, y) {
  const decades = Math.min(x.high - x.low, y.high - y.low)
  const [n, time] = [10 ** x.low, 10 ** y.low]
  const end = [x.place(n * 10 ** decades), y.place(time * 10 ** decades)]
  return stroke([[x.place(n), y.place(time)], end], '#888', 'stroke-dasharray="5 4"')
}

const line = ({ points }, index, x, y) =>
  stroke(
    points.map(([n, time]) => [x.place(n), y.place(time)]),
    COLORS[index],
    'stroke-width="2"',
  )

function legend({ id, figures }, index) {
  const top = FRAME.top + HEIGHT + 40 + 17 * index
  const sample = stroke(
    [
      [FRAME.left, top - 4],
      [FRAME.left + 24, top - 4],
    ],
    COLORS[index],
    'stroke-width="2"',
  )
  return `${sample}\n${label(FRAME.left + 32, top, `${id}, at most ${figures.doubling.toFixed(2)} times by doubling n`)}`
}

const stroke = (points, color, more = '') =>
  `<polyline points="${points.map((point) => point.map((one) => one.toFixed(1)).join()).join(' ')}" ` +
  `fill="none" stroke="${color}" ${more}/>`

const label = (x, y, text, anchor = 'start') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${TEXT} text-anchor="${anchor}">${text}</text>`
