// How the time grows with the number of objects: of what netplan does between reading and writing, and of runs.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measure, run } from '../machine.js'
import { applyArgv, planArgv } from '../netplan.js'
import { forgetStanding } from '../plans.js'
import { drawPlot } from '../plot.js'
import { alternate, median } from '../statistics.js'
import { openPods } from './pods.js'
import { openRoutes } from './routes.js'
import { openServices } from './services.js'

const functions = fileURLToPath(new URL('functions.js', import.meta.url))

const doublings = (from, to) => (from > to ? [] : [from, ...doublings(2 * from, to)])

// A run takes the kernel's time, and that of namespaces is most of it.
const RUNS = {
  'P(n)': { open: openPods, sizes: doublings(20, 640) },
  'R(n)': { open: openRoutes, sizes: doublings(10, 10_240) },
  'S(n) nft': {
    open: (job, n) => openServices({ ...job, backend: 'nft' }, n),
    sizes: doublings(10, 10_240),
  },
}
const RUN_ROUNDS = 3

/** Below it V8 is still compiling what it measures. */
const COMPILED = 1280

// What is collected, and when, is V8's choice, and comes in steps: in a large young generation, after all is measured.
const NODE_OPTIONS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

/** @returns rows without candidates: milliseconds of CPU by n, and how many times that of n that of 2n is at most */
export const measureGrowth = (job) => {
  job.say('growth: functions')
  const inside = growthOf(job.rounds, doublings(10, 10_240), callFunctions)
  const runs = Object.entries(RUNS).map(([title, { open, sizes }]) => {
    job.say(`growth: runs of ${title}`)
    return growthOf(Math.min(job.rounds, RUN_ROUNDS), sizes, (n) => runBoth(open(job, n), title))
  })
  const panels = {
    'what netplan does between reading and writing': toRows(inside, COMPILED),
    'runs, with all programs that they start': toRows(Object.assign({}, ...runs), 0),
  }
  if (job.plot) writeFileSync(job.plot, drawPlot(panels))
  return Object.values(panels).flat()
}

const callFunctions = (n) =>
  JSON.parse(run([process.execPath, ...NODE_OPTIONS, functions, String(n)]))

function runBoth({ job, file, empty, close }, title) {
  try {
    empty()
    const applied = measure(applyArgv(job, file))
    forgetStanding()
    const planned = measure(planArgv(job, file))
    return { [`apply ${title}`]: applied.cpuUs / 1000, [`plan ${title}`]: planned.cpuUs / 1000 }
  } finally {
    close()
  }
}

/** @returns by line: pairs of n and the median */
function growthOf(rounds, sizes, sample) {
  const bySize = alternate(rounds, Object.fromEntries(sizes.map((n) => [n, () => sample(n)])))
  const lines = Object.keys(bySize[sizes[0]][0])
  const points = (line) => sizes.map((n) => [n, median(bySize[n].map((costs) => costs[line]))])
  return Object.fromEntries(lines.map((line) => [line, points(line)]))
}

const toRows = (lines, least) =>
  Object.entries(lines).map(([id, points]) => ({
    id,
    points,
    figures: { doubling: worstDoubling(points.filter(([n]) => n >= least)) },
  }))

const worstDoubling = (points) =>
  Math.max(...points.slice(1).map(([, time], index) => time / points[index][1]))
