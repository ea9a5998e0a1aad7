import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { importNode } from '../import/round.ts'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { root } from '../run.ts'
import { rehearse } from './stage.ts'

// Nodes with what hardly any has: the copy has it too, or the report says that it has not.

const withNode = async (script: string, look: (node: TestNode) => Promise<void>): Promise<void> => {
  const node = createNode()
  try {
    node.exec(['sh', '-euc', script.replaceAll('POD', node.ns('pod'))])
    await look(node)
  } finally {
    node.remove()
  }
}

const details = readFileSync(join(root, 'test/import/nodes/details/make.sh'), 'utf8')

test.serial(
  'routes, rules and neighbours with what no file says are taken over, and given back',
  async (t) => {
    await withNode(details, async (node) => {
      const { text } = await importNode(node)
      const found = await rehearse(text, '--netns', node.name, '--adopt', '--rollback')
      t.like(found, { verdict: 'done', secondPlan: [] })
      t.deepEqual(found.rollback, { complete: true, differences: [] })
      t.deepEqual(
        found.leftOut.map(({ what, why }) => `${what}: ${why}`),
        [
          'route 10.20.0.0/16: it goes by nexthop object 5, which is not copied',
          'route 10.21.0.0/16: it goes by nexthop object 6, which is not copied',
          'route 10.22.0.0/16: it goes by nexthop object 7, which is not copied',
          'route 10.24.0.0/16: it is there without realm',
          'route 2001:db8:c::/48: it is there without expires',
        ],
      )
      t.true(found.planDiffers.every((line) => / 10\.2[0-2]\.0\.0\/16 /.test(line)))
    })
  },
)

test.serial(
  'kernel parameters that only the first namespace can set are named, and not tried',
  async (t) => {
    await withNode('', async (node) => {
      const found = await rehearse(
        'sysctls: { net.core.rmem_max: 4194304, net.ipv4.ip_forward: 1 }\n',
        ...['--netns', node.name, '--rollback'],
      )
      t.like(found, { verdict: 'done', planDiffers: [], secondPlan: [], exitCode: 0 })
      t.deepEqual(
        found.leftOut.map(({ what }) => what),
        ['sysctl net.core.rmem_max'],
      )
      const none = await rehearse('sysctls: { net.core.no_such_thing: 1 }\n', '--netns', node.name)
      t.like(none, { verdict: 'no-plan', exitCode: 1 })
    })
  },
)
