import test from 'ava'
import { nodeFor, problemsOf, settle, show, story } from '../story.ts'
import { snapshot } from '../snapshot.ts'

test('T15 two owners work on one node side by side', async (t) => {
  await story(t, async (node, settle) => {
    const other = nodeYaml('other', '10.7')
    await settle(nodeYaml('one', '10.6'))
    const before = snapshot(node.name)
    await node.apply(other)
    t.deepEqual((await node.plan(nodeYaml('one', '10.6'))).changes, [])
    await node.destroy(other)
    t.deepEqual(snapshot(node.name), before)
    await node.apply(other)
    await node.destroy(nodeYaml('one', '10.6'))
    t.deepEqual((await node.plan(other)).changes, [])
    await node.destroy(other)
    t.deepEqual(show(node, 'link show').length, 1)
  })
})

const nodeYaml = (owner: string, prefix: string): string => `
version: 1
owner: ${owner}
bridges: { ${owner}: { addresses: [${prefix}.0.1/24] } }
routes: [{ to: ${prefix}.64.0/18, via: ${prefix}.0.2 }]
rules: [{ priority: ${prefix.slice(3)}, from: ${prefix}.0.0/16, table: 7 }]
`

test('T15 what another owner has is a conflict', async (t) => {
  const node = nodeFor(t)
  const yaml = (owner: string): string => `
version: 1
owner: ${owner}
bridges: { br0: {} }
routes: [{ to: 10.9.0.0/16, type: blackhole }]
rules: [{ priority: 5, table: 7 }]
`
  await settle(t, node, yaml('one'))
  t.deepEqual((await problemsOf(node, yaml('two'))).split('\n'), [
    'bridge br0 exists already and is not ours',
    'route 10.9.0.0/16 exists already and is not ours',
    'rule 5 from all table 7 exists already and is not ours',
  ])
})

test('T15 an address on the link of another owner is refused: it would take it away again', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, '{ version: 1, owner: one, bridges: { br0: {} } }')
  const two =
    '{ version: 1, owner: two, interfaces: { br0: { mtu: 1400, addresses: [10.0.0.1/24] } } }'
  t.regex(await problemsOf(node, two), /br0/)
})

test('T15 two owners of one number are refused', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, '{ version: 1, owner: one, ownerId: 120, bridges: { br0: {} } }')
  await t.throwsAsync(node.plan('{ version: 1, owner: two, ownerId: 120 }'), {
    message: /share the number 120/,
  })
})

test('T15 a parameter that another owner needs too is put back by neither, while there are two', async (t) => {
  const node = nodeFor(t)
  const yaml = (owner: string): string =>
    `{ version: 1, owner: ${owner}, sysctls: { net.ipv4.ip_forward: 1 } }`
  const value = (): string => node.exec(['sysctl', '-n', 'net.ipv4.ip_forward']).trim()
  await settle(t, node, yaml('one'))
  await settle(t, node, yaml('two'))
  t.deepEqual((await node.plan(yaml('one'))).changes, [])
  await node.destroy(yaml('one'))
  t.is(value(), '1')
  t.deepEqual((await node.plan(yaml('two'))).changes, [])
  await settle(t, node, yaml('one'))
  await node.destroy(yaml('two'))
  t.is(value(), '1')
})

test('T15 a parameter that another owner needs no more is put back', async (t) => {
  const node = nodeFor(t)
  const yaml = (owner: string): string =>
    `{ version: 1, owner: ${owner}, sysctls: { net.ipv4.ip_forward: 1 } }`
  await settle(t, node, yaml('one'))
  await settle(t, node, yaml('two'))
  await node.destroy(yaml('two'))
  await node.destroy(yaml('one'))
  t.is(node.exec(['sysctl', '-n', 'net.ipv4.ip_forward']).trim(), '0')
})
