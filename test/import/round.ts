import assert from 'node:assert/strict'
import { describeHost } from '../../src/commands/describing.ts'
import { openHost } from '../../src/commands/host.ts'
import { settleDraft } from '../../src/commands/importing.ts'
import type { Settled } from '../../src/commands/importing.ts'
import { ownerId } from '../../src/resources/ownership.ts'
import { kinds } from '../../src/resources/index.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { failureOf } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'

export interface ImportOptions {
  readonly owner?: string
  readonly daemons?: boolean
}

/** The configuration of what a node has. */
export const importNode = async (
  node: TestNode,
  { owner = 'netplan', daemons = false }: ImportOptions = {},
): Promise<Settled> => {
  const host = await openHost(node.name)
  const request = {
    host,
    isNamed: true,
    owner,
    scope: 'take',
    daemons,
    iptables: undefined,
  } as const
  return settleDraft(await describeHost(request), 'Imported.', { host, iptables: undefined })
}

/** Changes of what is not a mark, and of what carries the mark already. */
const isMore = ({ changes, owner }: Plan): string[] =>
  changes
    .filter(({ action, differences, before, kind }) => {
      const isOurs =
        before && kinds.find(({ name }) => name === kind)?.owner(before, owner) === 'ours'
      return action !== 'update' || differences.length > 0 || isOurs
    })
    .map(({ action, title, differences }) =>
      [action, title, ...differences.map(({ attribute }) => attribute)].join(' '),
    )

/**
 * From a node to its configuration and back: a plan of it takes over and does nothing else, after it there is
 * nothing to do, and the configuration is the same.
 */
export const checkRound = async (node: TestNode, options?: ImportOptions): Promise<Settled> => {
  const first = await importNode(node, options)
  assert.deepEqual(first.unsettled, [], first.text)
  const plan = await node.plan(first.text, { adopt: true })
  assert.equal(plan.owner.id, ownerId(options?.owner ?? 'netplan'))
  assert.deepEqual(isMore(plan), [], first.text)
  const done = await node.apply(first.text, { adopt: true })
  assert.equal(failureOf(done), undefined, first.text)
  const again = await node.plan(first.text)
  assert.deepEqual(
    again.changes.map(({ title }) => title),
    [],
    first.text,
  )
  assert.equal((await importNode(node, options)).text, first.text)
  return first
}
