// examples/etcd: what its README puts into etcd, and what a node has of it then.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { netplan } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { root } from '../run.ts'
import { startEtcd } from '../sources/etcd/server.ts'

const folder = join(root, 'examples/etcd')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const withEtcd = isInstalled('etcd', 'etcd-server') ? test : test.skip

/** Commands of the README, without what stands in front and behind of what is tested. */
const watches = [
  ...readme.matchAll(
    /^# netplan (watch .*) --listen none &\n# ip route show dev eth0\n((?:10\..*\n)+)/gm,
  ),
]

const values: readonly (readonly [string, string])[] = [
  ...[...readme.matchAll(/^\$ etcdctl put (\S+) < (\S+)$/gm)].map(
    ([, key = '', file = '']) => [key, readFileSync(join(folder, file), 'utf8')] as const,
  ),
  ...[...readme.matchAll(/^\$ etcdctl put (\S+) '(.*)'$/gm)].map(
    ([, key = '', value = '']) => [key, value] as const,
  ),
]

test('the README has what is tested', (t) => {
  t.is(watches.length, 2)
  t.is(values.length, 6)
})

for (const [, command = '', routes = ''] of watches)
  withEtcd(`netplan ${command}`, async (t) => {
    const etcd = await startEtcd()
    t.teardown(() => etcd.destroy())
    const node = createNode()
    t.teardown(() => node.remove())
    const state = mkdtempSync(join(tmpdir(), 'netplan-etcd-example-'))
    t.teardown(() => rmSync(state, { recursive: true }))
    node.ip('link add eth0 type veth peer name wire')
    node.ip('link set dev wire up')
    node.ip('link set dev eth0 up')
    node.ip('address add 172.18.0.2/24 dev eth0')
    for (const [key, value] of values) await etcd.put(key, value)

    const args = command.replace('127.0.0.1:2379', etcd.host).split(' ')
    const flags = [...args, '--once', '--netns', node.name, '--state-dir', state]
    const first = await netplan([...flags, '--dry-run'], { cwd: folder })
    t.is(first.code, 2, first.stderr)
    const second = await netplan(flags, { cwd: folder })
    t.is(second.code, 0, second.stderr)
    const shown = node.ip('route show dev eth0').split('\n')
    const found = shown.map((line) => /^10\.\S+ via \S+/.exec(line)?.[0] ?? '')
    t.deepEqual(found.filter(Boolean), routes.trimEnd().split('\n'))
    const third = await netplan([...flags, '--dry-run'], { cwd: folder })
    t.is(third.code, 0, third.stderr)
  })
