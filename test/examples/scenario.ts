// The life of an example, to be run by scripts/lab.sh: `scenario.js FOLDER`. Prints its figures, or
// fails with what went wrong.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { snapshotOf } from '../node/snapshot.ts'
import { listPods, readExpectation } from './expectation.ts'
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

interface Document {
  readonly changes: readonly { readonly title: string }[]
}

const plan = async (node: string, code: 0 | 2): Promise<string[]> => {
  const ended = await run(netplan('plan', node, '--json', '--detailed-exitcode'))
  assert.equal(ended.code, code, ended.stdout + ended.stderr)
  const { changes } = JSON.parse(ended.stdout) as Document
  return changes.map(({ title }) => title)
}

const apply = (node: string): Promise<string> =>
  succeed(netplan('apply', node, '--auto-approve', '--json'))

const onAll = <T>(act: (node: string) => Promise<T>): Promise<T[]> => Promise.all(nodes.map(act))

const namespaces = (): string[] => readdirSync('/run/netns').sort()

const state = (): string[] => [...namespaces(), ...nodes.flatMap((node) => snapshotOf(node))]

const checkConverged = async (): Promise<void> => {
  assert.deepEqual(await onAll((node) => plan(node, 0)), nodes.map(() => []))
  await onAll((node) => succeed(netplan('check', node)))
}

/** A second apply: a plan of nothing, and nothing between it and the end. */
const checkIdle = async (node: string): Promise<void> => {
  const lines = (await apply(node)).trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { type: string; plan?: Document })
  assert.deepEqual(events.map(({ type }) => type), ['plan', 'done'])
  assert.deepEqual(events[0]?.plan?.changes, [])
}

const checkDrift = async (): Promise<void> => {
  for (const command of drift.commands) await succeed(command.split(' '), drift.node)
  assert.deepEqual((await plan(drift.node, 2)).sort(), [...drift.changes].sort())
  const { code } = await run(netplan('check', drift.node))
  assert.equal(code, 2)
  await apply(drift.node)
  await checkConverged()
}

const began = performance.now()
const before = state()
await onAll((node) => succeed(netplan('validate', node)))
await onAll(apply)
await checkConverged()
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
assert.equal(existsSync('/run/nodeplan') && readdirSync('/run/nodeplan', { recursive: true }).some((name) => String(name).endsWith('.json')), false)

const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1)
console.log(
  `${String(pings)} pings, ${String(connections)} connections of 1 MiB each way, ` +
    `${seconds(began)} s (${seconds(applied)} s of it after the first apply)`,
)
