import assert from 'node:assert/strict'
import { readDocuments } from '../documents.ts'
import type { Printed } from '../documents.ts'
import { run } from '../run.ts'
import { succeed } from './lab.ts'

const importNode = (node: string, ...args: string[]): Promise<string> =>
  succeed(['netplan', 'import', '--netns', node, ...args])

const planOf = async (node: string, input: string, ...args: string[]): Promise<Printed> => {
  const argv = ['netplan', 'plan', '-f', '-', '--json', '--netns', node, ...args]
  const { code, stdout, stderr } = await run(argv, { input })
  assert.equal(code, 0, stdout + stderr + input)
  const [plan = {}] = readDocuments(stdout)
  return plan
}

/** Beside what netplan made there are things of others, which it would take over, as they are. */
const assertAdopts = async (node: string, file: string): Promise<void> => {
  const { changes = [] } = await planOf(node, file, '--adopt')
  for (const { actions, differences, reason, title } of changes)
    assert.deepEqual([actions, differences, reason], [['update'], [], 'adopted'], title)
}

/**
 * What netplan made on a node is imported, and a plan of that changes nothing of it. Services are not: a file without
 * them is refused, and what is not netplan's is imported for somebody else.
 */
export const checkImport = async (node: string): Promise<void> => {
  const { code, stderr } = await run(['netplan', 'import', '--netns', node])
  if (code !== 0) assert.match(stderr, /netplan has services on this node, which cannot be read/)
  const file = await importNode(node, ...(code === 0 ? [] : ['--owner', 'imported']))
  await assertAdopts(node, file)
}

/** What was made by hand is netplan's from then on, and nothing of it changes. */
export const takeOver = async (node: string): Promise<void> => {
  const file = await importNode(node)
  await assertAdopts(node, file)
  const argv = ['netplan', 'apply', '-f', '-', '--adopt', '--auto-approve', '--netns', node]
  const { code, stdout, stderr } = await run(argv, { input: file })
  assert.equal(code, 0, stdout + stderr + file)
  assert.deepEqual((await planOf(node, file)).changes, [], file)
  assert.equal(await importNode(node), file)
}
