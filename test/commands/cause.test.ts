// Whether the file changed since the last apply, or the node: a hint, without which plans are the same.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { noteApplied } from '../../src/plan/causes.ts'
import { kinds } from '../../src/resources/index.ts'
import type { Resource } from '../../src/resources/kind.ts'
import { checkPlan } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { netplan } from './cli.ts'

const file = `
bridges: { br0: { mtu: 1450, addresses: [10.9.0.1/24] }, br1: {} }
routes: [{ to: 10.8.0.0/16, via: 10.9.0.9 }]
sysctls: { net.ipv4.ip_forward: 1 }
masquerade: [{ source: 10.9.0.0/24 }]
`

const notesOf = ({ name }: TestNode): string =>
  join('/run/nodeplan', String(statSync(`/run/netns/${name}`).ino), 'netplan.json')

const causesOf = async (node: TestNode, input: string): Promise<Record<string, string>> => {
  const { stdout } = await netplan(['plan', '--netns', node.name, '--json'], { input })
  const { changes } = checkPlan(JSON.parse(stdout))
  return Object.fromEntries(changes.map(({ address, cause }) => [address, cause]))
}

const withNode = async (
  t: ExecutionContext,
  use: (node: TestNode) => Promise<void>,
): Promise<void> => {
  const node = createNode()
  try {
    const done = await netplan(['apply', '--netns', node.name, '--auto-approve'], { input: file })
    t.is(done.code, 0, done.stderr)
    await use(node)
  } finally {
    node.remove()
  }
}

test.serial('before the first apply nobody knows', async (t) => {
  const node = createNode()
  t.deepEqual(new Set(Object.values(await causesOf(node, file))), new Set(['unknown']))
  node.remove()
})

const moved = file
  .replace('1450', '1400')
  .replace('10.8.0.0/16', '10.7.0.0/16')
  .replace('br1: {}', 'br2: {}')

test.serial('the file, the node, or both', async (t) => {
  await withNode(t, async (node) => {
    t.deepEqual(await causesOf(node, file), {})
    t.deepEqual(await causesOf(node, moved), {
      'link br0': 'config',
      'link br1': 'config',
      'link br2': 'config',
      'route 10.7.0.0/16': 'config',
      'route 10.8.0.0/16': 'config',
    })
    node.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=0'])
    node.ip('route delete 10.8.0.0/16')
    node.ip('link set dev br0 mtu 1300')
    node.ip('link delete dev br1')
    const drift = {
      'link br0': 'node',
      'link br1': 'node',
      'route 10.8.0.0/16': 'node',
      'sysctl net.ipv4.ip_forward': 'node',
    }
    t.deepEqual(await causesOf(node, file), drift)
    t.deepEqual(await causesOf(node, moved), {
      'link br0': 'both',
      'link br2': 'config',
      'route 10.7.0.0/16': 'config',
      'sysctl net.ipv4.ip_forward': 'node',
    })
    const { stdout } = await netplan(['plan', '--netns', node.name], { input: file })
    t.regex(stdout, /^~ bridge br0 +<stdin>:2:12 \(the node changed\)$/m)
    // It is a hint: without it nothing is different but the cause.
    const plan = (): ReturnType<typeof netplan> =>
      netplan(['plan', '--netns', node.name, '--json'], { input: moved })
    const known = await plan()
    const path = notesOf(node)
    const { applied, ...notes } = JSON.parse(readFileSync(path, 'utf8')) as { applied: object }
    t.deepEqual(Object.keys(applied), ['names', 'objects'])
    writeFileSync(path, JSON.stringify(notes), { mode: 0o600 })
    const unknown = await plan()
    t.is(unknown.stdout, known.stdout.replaceAll(/"cause": "\w+"/g, '"cause": "unknown"'))
  })
})

test.serial('what goes along changes for the reason of what takes it', async (t) => {
  await withNode(t, async (node) => {
    const replaced = `${file}vxlans: { vx0: { id: 7, local: 10.9.0.1, bridge: br0, addresses: [10.6.0.1/24] } }\n`
    const done = await netplan(['apply', '--netns', node.name, '--auto-approve'], {
      input: replaced,
    })
    t.is(done.code, 0, done.stderr)
    const causes = await causesOf(node, replaced.replace('id: 7', 'id: 8'))
    t.like(causes, { 'link vx0': 'config', 'address 10.6.0.1/24 on vx0': 'config' })
  })
})

test.serial('rollback puts back what was known before, destroy forgets it', async (t) => {
  await withNode(t, async (node) => {
    const at = ['--netns', node.name, '--auto-approve']
    const path = notesOf(node)
    const appliedIn = (): unknown =>
      (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)['applied']
    const former = appliedIn()
    t.truthy(former)
    t.is((await netplan(['apply', ...at], { input: moved })).code, 0)
    t.notDeepEqual(appliedIn(), former)
    t.is((await netplan(['rollback', ...at])).code, 0)
    t.deepEqual(appliedIn(), former)
    const failing = moved.replace('sysctls: {', 'sysctls: { net.ipv4.tcp_ecn: 77,')
    t.is((await netplan(['apply', ...at], { input: failing })).code, 4)
    t.deepEqual(appliedIn(), former)
    t.is((await netplan(['destroy', ...at], { input: file })).code, 0)
    t.throws(() => readFileSync(path), { code: 'ENOENT' })
    t.is((await netplan(['rollback', ...at])).code, 0)
    t.deepEqual(appliedIn(), former)
    rmSync(path)
  })
})

test('of ten thousand objects it takes less than a megabyte', (t) => {
  const resources = Array.from({ length: 10_000 }, (_, index): Resource => {
    const name = `NP111-SVC-U3NNFVGZVZDR${String(index).padStart(4, '0')}`
    const rules = [`-p tcp -j DNAT --to-destination 10.0.2.3:${String(index)}`]
    const chain = { family: 'inet', table: 'nat', chain: name, mark: 111 }
    return { kind: 'chain', namespace: '', attributes: { rules }, ...chain }
  })
  const applied = noteApplied(kinds, resources, resources)
  t.is(Object.keys(applied.objects).length, 10_000)
  t.true(JSON.stringify({ applied }, null, 2).length < 1_000_000)
})
