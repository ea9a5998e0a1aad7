import test from 'ava'
import fc from 'fast-check'
import { createNode, failureOf } from '../node/harness.ts'
import { addForeign } from '../node/properties.ts'
import { topologies, toYaml } from '../node/topologies.ts'
import type { Topology } from '../node/topologies.ts'
import { checkRound } from './round.ts'

const seed = Number(process.env['NETPLAN_SEED'] ?? Date.now() % 0x7fffffff)
const count = Number(process.env['IMPORTS'] ?? 4)

const check = async (topology: Topology): Promise<void> => {
  const node = createNode()
  try {
    addForeign(node)
    const failure = failureOf(await node.apply(toYaml(topology, node.name)))
    if (failure !== undefined) throw new Error(failure)
    await checkRound(node)
  } finally {
    node.remove()
  }
}

test('what generated nodes have is imported, and taken over without a change', async (t) => {
  t.timeout(3_600_000)
  t.log(`seed ${String(seed)}, ${String(count)} nodes`)
  const result = await fc.check(fc.asyncProperty(topologies, check), {
    seed,
    numRuns: count,
    ...(process.env['NETPLAN_PATH'] === undefined ? {} : { path: process.env['NETPLAN_PATH'] }),
  })
  if (result.failed) t.fail(`${String(result.errorInstance)}\n${fc.defaultReportMessage(result)}`)
  else t.is(result.numRuns, count)
})
