// The life of an example, to be run by scripts/lab.sh: `scenario.js FOLDER`. Prints its figures, or
// fails with what went wrong.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { snapshotOf } from '../node/snapshot.ts'
import { filesOf, listPods, readExpectation } from './expectation.ts'
import { readDocuments, snapshotErrors } from '../documents.ts'
import { run } from '../run.ts'
import type { Ended } from '../run.ts'
import { readRehearsal } from '../rehearsal/stage.ts'
import { settle, succeed } from './lab.ts'
import { prepare } from './prepare.ts'
import { requestAll, serveAll } from './requests.ts'
import { foreignRules, rulesOf } from './rules.ts'
import { checkImport } from './take-over.ts'
import { pingAll, pingAllWhole, sendAll } from './traffic.ts'

const folder = process.argv[2] ?? ''
const expectation = readExpectation(folder)
const { drift } = expectation
const nodes = Object.keys(expectation.nodes)
const everywhere = [...nodes, ...listPods(expectation).map(({ name }) => name)]

const netplan = (verb: string, node: string, ...rest: string[]): string[] => {
  const argv = ['netplan', verb, ...filesOf(folder, node).flatMap((file) => ['-f', file]), ...rest]
  return verb === 'validate' ? argv : [...argv, '--netns', node]
}

/** What is planned from a snapshot, elsewhere, is what is planned on the node. */
const checkSnapshot = async (node: string): Promise<Ended> => {
  const options = ['--json', '--detailed-exitcode']
  const file = `/run/${node}.json`
  await succeed(netplan('show', node, '--snapshot', file))
  assert.equal(snapshotErrors(JSON.parse(readFileSync(file, 'utf8'))), '')
  const here = await run(netplan('plan', node, ...options))
  const files = filesOf(folder, node).flatMap((name) => ['-f', name])
  // A new network namespace: it has nothing of the node.
  const away = [
    'unshare',
    '--net',
    '--mount',
    'sh',
    '-c',
    'umount -l /run/netns; exec "$@"',
    'away',
  ]
  const there = await run([...away, 'netplan', 'plan', ...files, '--state', file, ...options])
  assert.deepEqual(there, here)
  assert.equal(here.code, 2, here.stdout + here.stderr)
  return here
}

/** A rehearsal says what is to come, and the node stays as it is. */
const checkRehearsal = async (node: string): Promise<void> => {
  const before = snapshotOf(node)
  const found = readRehearsal(await run(netplan('rehearse', node, '--json', '--rollback')))
  const { verdict, planDiffers, secondPlan, rollback } = found
  const expected = {
    verdict: 'done',
    planDiffers: [],
    secondPlan: [],
    rollback: { complete: true, differences: [] },
  }
  assert.deepEqual({ verdict, planDiffers, secondPlan, rollback }, expected, JSON.stringify(found))
  assert.deepEqual(snapshotOf(node), before)
}

const apply = (node: string): Promise<string> =>
  succeed(netplan('apply', node, '--auto-approve', '--json'))

const onAll = <T>(act: (node: string) => Promise<T>): Promise<T[]> => Promise.all(nodes.map(act))

const namespaces = (): string[] => readdirSync('/run/netns').sort()

const state = async (): Promise<string[]> => {
  const rules = await onAll(rulesOf)
  return [...namespaces(), ...nodes.flatMap((node) => snapshotOf(node)), ...rules.flat()]
}

/** One file of all nodes is looked at once. */
const validate = async (): Promise<void> => {
  const argvs = new Map(
    nodes.map((node) => [filesOf(folder, node).join(), netplan('validate', node)]),
  )
  await Promise.all([...argvs.values()].map((argv) => succeed(argv)))
}

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
  const { stdout } = await checkSnapshot(drift.node)
  const [planned] = readDocuments(stdout)
  const titles = (planned?.changes ?? []).map(({ title }) => title)
  assert.deepEqual(titles.sort(), [...drift.changes].sort())
  await apply(drift.node)
}

/** Applies a file with fewer lines, and then the whole again. */
const checkEdit = async (): Promise<Traffic> => {
  if (!expectation.edit) return {}
  const { node, without, requests } = expectation.edit
  const lines = filesOf(folder, node).flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  const input = lines.filter((line) => !line.includes(without)).join('\n')
  const argv = ['netplan', 'apply', '-f', '-', '--auto-approve', '--netns', node]
  const { code, stdout, stderr } = await run(argv, { input })
  assert.equal(code, 0, stdout + stderr)
  const count = await requestAll(requests)
  await apply(node)
  return { requests: count }
}

interface Traffic {
  readonly pings?: number
  readonly connections?: number
  readonly requests?: number
}

const sendTraffic = async (): Promise<Traffic> => {
  const pings = await pingAll(expectation)
  const requests = await requestAll(expectation.requests)
  if (expectation.networkOf !== undefined) return { pings, requests }
  return { pings: pings + (await pingAllWhole(expectation)), requests }
}

const sendBytes = async (): Promise<Traffic> =>
  expectation.networkOf === undefined ? { connections: await sendAll(expectation) } : {}

const began = performance.now()
await prepare(expectation, folder)
const before = await state()
const foreign = await onAll(foreignRules)
await validate()
await checkRehearsal(drift.node)
await onAll(apply)
await checkIdle(drift.node)
await checkImport(drift.node)
await settle(everywhere)
const applied = performance.now()
const stop = await serveAll(expectation)
const traffic = [await sendTraffic(), await sendBytes(), await checkEdit()]
await checkDrift()
await settle(everywhere)
traffic.push(await sendTraffic())
stop()
assert.deepEqual(await onAll(foreignRules), foreign)
await onAll((node) => succeed(netplan('destroy', node, '--auto-approve')))
assert.deepEqual(await state(), before)
// Nor is anything noted any more.
// What is left is the journal, which leads back, and the lock: no notes.
assert.deepEqual(
  readdirSync('/run/nodeplan', { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.json')),
  [],
)

const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1)
const count = (what: keyof Traffic): string =>
  String(traffic.reduce((sum, one) => sum + (one[what] ?? 0), 0))
console.log(
  `${count('pings')} pings, ${count('connections')} connections of 1 MiB each way, ` +
    `${count('requests')} requests, ` +
    `${seconds(began)} s (${seconds(applied)} s of it after the first apply)`,
)
