// What was measured of one work: samples of netplan and of what it is compared with.
import { median } from './statistics.js'

const METRICS = {
  cpu: ({ cpuUs }) => cpuUs / 1000,
  wall: ({ wallMs }) => wallMs,
  peakMB: ({ rssKb }) => rssKb / 1024,
}

/**
 * @param samples by who did the work; netplan's own are the first
 * @returns medians, in milliseconds of CPU and of wall time and megabytes of the largest process, and
 *   figures, which have budgets: `cpu/floor` is how many times the CPU time of the floor netplan takes
 */
export const rowOf = (id, samples) => {
  const medians = mapValues(samples, (all) => mapValues(METRICS, (of) => median(all.map(of))))
  return { id, medians, figures: figuresOf(medians), samples }
}

function figuresOf({ netplan, ...others }) {
  const ratios = Object.entries(others).flatMap(([name, costs]) =>
    ['cpu', 'wall'].map((metric) => [`${metric}/${name}`, netplan[metric] / costs[metric]]),
  )
  return { peakMB: netplan.peakMB, ...Object.fromEntries(ratios) }
}

const mapValues = (object, map) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
