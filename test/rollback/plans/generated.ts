import fc from 'fast-check'
import { topologies, toYaml } from '../../node/topologies.ts'
import { destroy, network } from './passage.ts'
import type { Passage } from './passage.ts'

const sample = (seed: number, count: number): readonly string[] =>
  fc.sample(topologies, { seed, numRuns: count }).map((topology) => toYaml(topology, 'P'))

const files = sample(4711, 12)

/** From each to the next; every third is destroyed. */
export const generated: readonly Passage[] = files.slice(1).map((after, index) => ({
  name: `generated ${index + 1}`,
  others: network,
  before: files[index]!,
  after: index % 3 === 2 ? destroy : after,
}))
