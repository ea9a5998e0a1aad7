import test from 'ava'
import type { PlanDocument } from '../../src/present/document.ts'
import { checkPlan, planErrors } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { netplan } from './cli.ts'

const node = createNode()
const at = ['--netns', node.name]
const pod = node.ns('pod')

test.after.always(() => {
  node.remove()
})

const everyKind = `
namespaces:
  ${pod}: { sysctls: { net.ipv4.ip_forward: 1 } }
bridges:
  br0:
    addresses: [10.9.0.1/24, 'fd00:9::1/64']
    neighbors: [{ address: 10.9.0.7, mac: 02:00:00:00:00:07 }]
veths:
  veth1:
    bridge: br0
    peer:
      name: eth0
      namespace: ${pod}
      addresses: [10.9.0.2/24]
      routes: [{ to: default, via: 10.9.0.1 }]
vxlans:
  vxlan9:
    id: 9
    remotes: [10.9.0.8, 10.9.0.9]
routes:
  - { to: 10.10.0.0/16, nexthops: [{ via: 10.9.0.7 }, { via: 10.9.0.8, weight: 2 }] }
  - { to: 10.11.0.0/16, type: blackhole }
  - { to: 10.12.0.0/16, via: 10.9.0.7, src: 10.9.0.1 }
rules:
  - { priority: 1000, from: 10.9.0.0/24, table: 100 }
sysctls:
  net.ipv4.ip_forward: 1
`

const plan = async (input: string, ...args: string[]): Promise<PlanDocument> => {
  const { stdout } = await netplan(['plan', '--json', ...at, ...args], { input })
  return checkPlan(JSON.parse(stdout))
}

const apply = async (input: string): Promise<void> => {
  const { code, stderr } = await netplan(['apply', '--auto-approve', ...at], { input })
  if (code !== 0) throw new Error(stderr)
}

/** "update link" for each change, sorted. */
const told = ({ changes }: PlanDocument): string[] =>
  [...new Set(changes.map(({ actions, kind }) => `${actions.join('+')} ${kind}`))].sort()

test.serial('a plan of every kind, of every action, and twice the same', async (t) => {
  const first = await netplan(['plan', '--json', ...at], { input: everyKind })
  const second = await netplan(['plan', '--json', ...at], { input: everyKind })
  t.is(first.stdout, second.stdout)

  const created = await plan(everyKind)
  const kinds = ['address', 'fdb', 'link', 'namespace', 'neighbor', 'route', 'rule', 'sysctl']
  t.deepEqual([...new Set(created.changes.map(({ kind }) => kind))].sort(), kinds)
  await apply(everyKind)
  t.deepEqual((await plan(everyKind)).changes, [])

  const changed = everyKind
    .replace('id: 9', 'id: 10')
    .replace('via: 10.9.0.7, src', 'via: 10.9.0.8, src')
    .replace('priority: 1000', 'priority: 1001')
  t.deepEqual(told(await plan(changed)), [
    'create rule',
    'delete rule',
    'delete+create fdb',
    'delete+create link',
    'update route',
  ])

  node.ip('link set dev br0 group default')
  const [adopted] = (await plan(everyKind, '--adopt')).changes
  t.like(adopted, { address: 'link br0', actions: ['update'], adopts: true })
  node.ip('link set dev br0 down')
  await plan(everyKind, '--adopt')
  await netplan(['apply', '--auto-approve', '--adopt', ...at], { input: everyKind })
  t.deepEqual((await plan(everyKind)).changes, [])
  t.true((await plan('version: 1\n')).summary.delete > 0)
  const destroyed = await netplan(['destroy', '--auto-approve', '--json', ...at], {
    input: everyKind,
  })
  t.is(destroyed.code, 0, destroyed.stdout)
})

const change = {
  address: 'link br0',
  kind: 'link',
  title: 'bridge br0',
  group: null,
  actions: ['create'],
  cause: 'unknown',
  before: null,
  after: { up: true },
  differences: [],
  adopts: false,
  reason: null,
  lockout: null,
  source: { file: 'node.yaml', line: 1, column: 1 },
  steps: [{ order: 1, argv: ['ip', 'link', 'add'] }],
}

const document = {
  formatVersion: '1.0',
  node: 'edge-1',
  owner: 'netplan',
  observed: 0,
  summary: { create: 1, update: 0, replace: 0, delete: 0 },
  changes: [change],
}

test('the schema takes a plan', (t) => {
  t.is(planErrors(document), '')
  t.notThrows(() => checkPlan(document))
})

const wrong: readonly (readonly [string, unknown])[] = [
  ['a key too many', { ...document, time: 'now' }],
  ['another format', { ...document, formatVersion: '2.0' }],
  ['an unknown action', { ...document, changes: [{ ...change, actions: ['move'] }] }],
  [
    'a replacement the wrong way round',
    { ...document, changes: [{ ...change, actions: ['create', 'delete'] }] },
  ],
  ['something before what is new', { ...document, changes: [{ ...change, before: {} }] }],
  [
    'something after what goes',
    { ...document, changes: [{ ...change, actions: ['delete'], before: {} }] },
  ],
  [
    'a step without a program',
    { ...document, changes: [{ ...change, steps: [{ order: 1, argv: [] }] }] },
  ],
  [
    'a shell line',
    { ...document, changes: [{ ...change, steps: [{ order: 1, argv: 'ip link' }] }] },
  ],
]

for (const [title, one] of wrong) {
  test(`the schema refuses ${title}`, (t) => {
    t.not(planErrors(one), '')
  })
}
