import { spawnSync } from 'node:child_process'
import test from 'ava'
import type { TestNode } from '../harness.ts'
import { nodeFor, prepare, settle, show, story } from '../story.ts'

const run = (node: TestNode, argv: readonly string[], input = ''): ReturnType<typeof spawnSync> =>
  spawnSync('nsenter', [`--net=/run/netns/${node.name}`, ...argv], { input, encoding: 'utf8' })

test('N-01 a table that does not exist yet is no trouble, since all tables are read at once', async (t) => {
  await story(t, async (node, settle) => {
    const { status, stdout } = run(node, ['ip', '-j', 'route', 'show', 'table', '999'])
    t.deepEqual([status, String(stdout).trim()], [2, '['])
    await settle('{ version: 1, routes: [{ to: 10.9.0.0/16, type: blackhole, table: 999 }] }')
    t.is(show(node, 'route show table 999').length, 1)
  })
})

test('N-02 a filter leaves empty objects, so none is used', (t) => {
  const node = nodeFor(t)
  t.deepEqual(JSON.parse(node.ip('-j link show group 77')), [{}])
})

test('N-04 N-05 with a filter the owner of a route cannot be told, and rules are not filtered at all', async (t) => {
  const node = nodeFor(t)
  const yaml =
    '{ version: 1, routes: [{ to: 10.9.0.0/16, type: blackhole, table: 100 }], rules: [{ priority: 9, table: 100 }] }'
  await settle(t, node, yaml)
  const filtered = JSON.parse(node.ip('-j -N -d route show table 100')) as Record<string, string>[]
  t.false('table' in filtered[0]!)
  const { protocol = '' } = filtered[0]!
  t.false(
    'protocol' in JSON.parse(node.ip(`-j -N -d route show table all protocol ${protocol}`))[0],
  )
  t.is(JSON.parse(node.ip(`-j -N rule list protocol ${protocol}`)).length, 4)
  prepare(node, 'route add blackhole 10.8.0.0/16 table 100')
  t.deepEqual(
    (await node.plan('{ version: 1 }')).changes.map(({ identity }) => identity),
    ['route 10.9.0.0/16 table 100', 'rule 9 from all table 100'],
  )
})

test('N-06 tables, protocols and groups are read as numbers, whatever this machine calls them', async (t) => {
  const node = nodeFor(t)
  await settle(
    t,
    node,
    '{ version: 1, ownerId: 186, bridges: { br0: {} }, routes: [{ to: 10.9.0.0/16, type: blackhole }] }',
  )
  t.is(
    (JSON.parse(node.ip('-j -d route show 10.9.0.0/16')) as Record<string, string>[])[0]?.[
      'protocol'
    ],
    'bgp',
  )
  t.is(show(node, 'route show 10.9.0.0/16')[0].protocol, '186')
})

test('N-09 a refusal names its line, so that the step is known, and what comes after it is not done', async (t) => {
  const node = nodeFor(t)
  const batch = run(
    node,
    ['ip', '-batch', '-'],
    'link add name a type bridge\nlink add name a type bridge\nlink add name b type bridge\n',
  )
  t.is(batch.status, 1)
  t.regex(String(batch.stderr), /Command failed -:2/)
  t.is(run(node, ['ip', 'link', 'show', 'dev', 'b']).status, 1)
  t.is(run(node, ['ip', '-n', 'nowhere', 'link', 'show']).status, 255)
  const { applied, plan } = await node.apply(
    '{ version: 1, routes: [{ to: 10.1.0.0/16, type: blackhole }, { to: 10.2.0.0/16, via: 10.99.0.1 }, { to: 10.3.0.0/16, type: blackhole }] }',
  )
  t.is(applied.outcome, 'undone')
  if (applied.outcome !== 'undone' || applied.trouble.kind !== 'refused') return t.fail()
  t.is(applied.trouble.failure.identity, 'route 10.2.0.0/16')
  t.deepEqual([applied.done, plan.steps.length], [1, 3])
  t.deepEqual(applied.back, { complete: true, steps: 1 })
})

test('N-09 a neighbour that is refused, which names no line, is not taken for another step', async (t) => {
  const node = nodeFor(t)
  const { applied } = await node.apply(`
version: 1
bridges: { br0: { mtu: 1200, addresses: [10.0.0.1/24], neighbors: [{ address: 'fd00::9', mac: '02:00:00:00:00:09' }] } }
`)
  const trouble = applied.outcome === 'undone' ? applied.trouble : undefined
  t.is(trouble?.kind === 'refused' && trouble.failure.identity, 'neighbor fd00::9 on br0')
})

test('N-10 five hundred routes are one program', async (t) => {
  await story(t, async (node, settle) => {
    const routes = Array.from(
      { length: 500 },
      (_, i) => `{ to: 10.${i % 250}.${Math.floor(i / 250)}.0/24, type: blackhole }`,
    )
    const yaml = `{ version: 1, routes: [${routes.join(', ')}] }`
    const done = await node.apply(yaml)
    t.is(done.writes, 1)
    await node.destroy(yaml)
    t.is((await settle(yaml)).length, 500)
  })
})
