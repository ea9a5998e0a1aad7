// The life of an example, to be run by scripts/lab.sh: `scenario.js FOLDER`. Prints its figures, or
// fails with what went wrong.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { snapshotOf } from '../node/snapshot.ts'
import { listPods, readExpectation } from './expectation.ts'
import { readDocuments } from '../documents.ts'
import { run } from '../run.ts'
import { settle, succeed } from './lab.ts'
import { pingAll, sendAll } from './traffic.ts'

const folder = process.argv[2] ?? ''
const expectation = readExpectation(folder)
const { drift } = expectation
const nodes = Object.keys(expectation.nodes)
const everywhere = [...nodes, ...listPods(expectation).map(({ name }) => name)]

const file = (node: string): string => join(folder, `${node}.yaml`)

const netplan = (verb: string, node: string, ...rest: string[]): string[] => {
  const argv = ['netplan', verb, '-f', file(node), ...rest]
  return verb === 'validate' ? argv : [...argv, '--netns', node]
}

/** The titles of what would change. */
const plan = async (node: string, code: 0 | 2): Promise<string[]> => {
  const ended = await run(netplan('plan', node, '--json', '--detailed-exitcode'))
  assert.equal(ended.code, code, ended.stdout + ended.stderr)
  const [document] = readDocuments(ended.stdout)
  return (document?.changes ?? []).map(({ title }) => title).sort()
}

const apply = (node: string): Promise<string> =>
  succeed(netplan('apply', node, '--auto-approve', '--json'))

const onAll = <T>(act: (node: string) => Promise<T>): Promise<T[]> => Promise.all(nodes.map(act))

const namespaces = (): string[] => readdirSync('/run/netns').sort()

const state = (): string[] => [...namespaces(), ...nodes.flatMap((node) => snapshotOf(node))]

/** A second apply: a plan of nothing, and nothing between it and the end. */
const checkIdle = async (node: string): Promise<void> => {
  const events = readDocuments(await apply(node))
  assert.deepEqual(
    events.map(({ type }) => type),
    ['plan', 'done'],
  )
  assert.deepEqual(events[0]?.plan?.changes, [])
}

const checkDrift = async (): Promise<void> => {
  for (const command of drift.commands) await succeed(command.split(' '), drift.node)
  assert.deepEqual(await plan(drift.node, 2), [...drift.changes].sort())
  await apply(drift.node)
  await succeed(netplan('check', drift.node))
}

const began = performance.now()
const before = state()
await onAll((node) => succeed(netplan('validate', node)))
await onAll(apply)
await onAll(async (node) => assert.deepEqual(await plan(node, 0), []))
await onAll((node) => succeed(netplan('check', node)))
await onAll(checkIdle)
await settle(everywhere)
const applied = performance.now()
let pings = await pingAll(expectation)
const connections = await sendAll(expectation)
await checkDrift()
await settle(everywhere)
pings += await pingAll(expectation)
await onAll((node) => succeed(netplan('destroy', node, '--auto-approve')))
assert.deepEqual(state(), before)
// Nor is anything noted any more.
assert.equal(existsSync('/run/nodeplan'), false)

const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1)
console.log(
  `${String(pings)} pings, ${String(connections)} connections of 1 MiB each way, ` +
    `${seconds(began)} s (${seconds(applied)} s of it after the first apply)`,
)
