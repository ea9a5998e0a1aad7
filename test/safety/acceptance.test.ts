import test from 'ava'
import { netplan } from '../commands/cli.ts'
import { assertSame } from '../node/properties.ts'
import { snapshot } from '../node/snapshot.ts'
import { nodeFor } from '../node/story.ts'

const file = (pod: string, host: number, checks: string): string => `
version: 1
namespaces: { ${pod}: {} }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths: { v0: { bridge: br0, peer: { name: c0, namespace: ${pod}, addresses: [10.9.0.${host}/24] } } }
checks:${checks}
`

const pings = (pod: string): string => `
  - { name: pod, ping: 10.9.0.2, timeoutSeconds: 0.3 }
  - { name: gateway, from: ${pod}, ping: 10.9.0.1, count: 2 }
  - { name: nobody, ping: 10.9.0.77, timeoutSeconds: 0.3 }
`

test('a check that passed before and fails now: rolled back; one that failed before does not count', async (t) => {
  const node = nodeFor(t)
  const pod = node.ns('pod')
  const args = ['apply', '--auto-approve', '--no-color', '--netns', node.name]
  const first = await netplan(args, { input: file(pod, 2, pings(pod)) })
  t.is(first.code, 0, first.stderr)
  t.regex(first.stderr, /warning: check "gateway" fails: .*: it fails already, and is not counted/)
  t.regex(first.stdout, /^Done: /m)
  const before = snapshot(node.name)

  const input = file(pod, 3, pings(pod))
  const broken = await netplan(args, { input })
  t.is(broken.code, 4, broken.stderr)
  t.regex(broken.stderr, /^<stdin>:7:\d+: error: check "pod" fails: /m)
  t.regex(broken.stderr, /^<stdin>:9:\d+: warning: check "nobody" fails: .* is not counted/m)
  t.notRegex(broken.stderr, /error: check "(gateway|nobody)"/)
  t.regex(broken.stderr, /what worked before did not work any more: .* rolled back/)
  t.notThrows(() => assertSame('checks', before, snapshot(node.name)))

  const json = await netplan([...args, '--json'], { input })
  t.is(json.code, 4)
  t.regex(json.stdout, /"code":"check-failed"/)
  const probes = await netplan(['check', '--probes', '--netns', node.name], { input })
  t.is(probes.code, 2)
})

const uplink = (mtu: number): string => `
version: 1
interfaces: { eth0: { mtu: ${mtu} } }
bridges: { br0: {}, br1: {} }
routes: [{ to: default, via: 172.18.0.9, device: eth0 }]
`

test('lock-out: refused, unless it may be, or is rolled back by itself', async (t) => {
  const node = nodeFor(t)
  const lines = [
    'link add name eth0 type veth peer name far0',
    'link set dev eth0 up',
    'link set dev far0 up',
    'address add 172.18.0.1/24 dev eth0',
  ]
  node.ip(lines.join('\n'))
  const at = ['--auto-approve', '--no-color', '--netns', node.name]
  t.is((await netplan(['apply', ...at], { input: uplink(1500) })).code, 0)
  t.is(
    (await netplan(['apply', ...at], { input: uplink(1400) })).code,
    0,
    'an MTU locks nobody out',
  )
  const before = snapshot(node.name)

  const without = uplink(1400).replace(/routes:.*\n/, '')
  const plan = await netplan(['plan', '--no-color', '--netns', node.name], { input: without })
  t.is(plan.code, 0)
  t.regex(plan.stdout, /^! {5}lock-out /m)
  for (const command of ['apply', 'destroy']) {
    const refused = await netplan([command, ...at], { input: without })
    t.is(refused.code, 1, refused.stderr)
    t.regex(refused.stderr, /nothing was changed: .* --confirm-within 60s .* --allow-lockout/)
  }
  t.notThrows(() => assertSame('lock-out', before, snapshot(node.name)))

  const watched = await netplan(['apply', ...at, '--confirm-within', '60s'], { input: without })
  t.is(watched.code, 0, watched.stderr)
  const rollback = ['rollback', '--auto-approve', '--netns', node.name]
  t.is((await netplan(rollback)).code, 0)
  t.notThrows(() => assertSame('rollback', before, snapshot(node.name)))
  t.is((await netplan(['apply', ...at, '--allow-lockout'], { input: without })).code, 0)
})

test('limits of the file and of the command line', async (t) => {
  const node = nodeFor(t)
  const at = ['--auto-approve', '--no-color', '--netns', node.name]
  const input = (bridges: string, limits = ''): string => `bridges: { ${bridges} }\n${limits}`
  const apply = (yaml: string, ...flags: string[]): Promise<{ readonly code: number }> =>
    netplan(['apply', ...at, ...flags], { input: yaml })
  t.is((await apply(input('a: {}, b: {}, c: {}, d: {}'))).code, 0)
  const limits = 'limits: { maxDestroy: 1, protect: ["bridge c*"] }\n'
  t.is((await apply(input('c: {}, d: {}', limits))).code, 1)
  t.is((await apply(input('c: {}, d: {}', limits), '--max-destroy', '2')).code, 0)
  t.is((await apply(input('d: {}', limits))).code, 1)
  t.is((await apply(input('c: {}', limits), '--protect', 'bridge d')).code, 1)
  t.is((await netplan(['destroy', ...at], { input: input('c: {}', limits) })).code, 1)
  t.is((await apply(input('c: {}', limits))).code, 0)
  t.is((await netplan(['destroy', ...at], { input: input('c: {}') })).code, 0)
})
