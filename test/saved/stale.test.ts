// What happens between plan and apply, and whether it matters to the plan.
import test from 'ava'
import { Failure } from '../../src/commands/failure.ts'
import { carryOut, createNode, failureOf } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { open, save } from './inside.ts'
import type { SavedDocument } from './inside.ts'
import { apart, touching } from './moves.ts'
import type { MoveCase } from './moves.ts'

const before = (pod: string): string => `
interfaces: { up0: {} }
namespaces: { ${pod}: {} }
bridges: { br0: { addresses: [10.9.0.1/24] }, br1: { addresses: [10.20.0.1/24] } }
veths:
  veth1: { bridge: br0, peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] } }
routes: [{ to: 10.8.0.0/16, via: 10.9.0.9 }]
sysctls: { net.ipv4.ip_forward: 1 }
masquerade: [{ source: 10.9.0.0/24 }]
`

const after = (pod: string): string => `
interfaces: { up0: {} }
namespaces: { ${pod}: {} }
bridges:
  br0:
    mtu: 1400
    addresses: [10.9.0.1/24, 10.9.1.1/24]
    neighbors: [{ address: 10.9.0.50, mac: "02:00:00:00:00:50" }]
  br7: { mtu: like up0 }
veths:
  veth1: { bridge: br0, peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] } }
  veth2: { peer: { name: eth2, namespace: ${pod} } }
vxlans: { vx0: { id: 77, port: 4789, device: up0 } }
routes: [{ to: 10.8.0.0/16, via: 10.9.0.8 }]
rules: [{ priority: 700, from: 10.9.0.0/24, table: 100 }]
sysctls: { net.ipv4.ip_forward: 1, net.ipv4.tcp_ecn: 1 }
masquerade: [{ source: 10.9.0.0/24 }, { source: 10.9.1.0/24 }]
`

/** What others have made. */
const others = [
  'link add name up0 type veth peer name up1',
  'link set dev up0 up',
  'link set dev up1 up',
  'address add 192.0.2.1/24 dev up0',
  'route add default via 192.0.2.254',
  'link add name fx type bridge',
  'link set dev fx up',
  'address add 198.51.100.1/24 dev fx',
  'route add 203.0.113.0/24 dev fx',
  'rule add priority 500 table 77',
]

interface Scene {
  readonly node: TestNode
  readonly pod: string
  readonly saved: SavedDocument
}

const withScene = async (use: (scene: Scene) => Promise<void>): Promise<void> => {
  const node = createNode()
  try {
    const pod = node.ns('pod')
    node.ip(others.join('\n'))
    const failure = failureOf(await node.apply(before(pod)))
    if (failure !== undefined) throw new Error(failure)
    await use({ node, pod, saved: await save(node.name, after(pod)) })
  } finally {
    node.remove()
  }
}

/** What the kernel and iptables have, but for what comes about by itself. */
const dump = (node: TestNode): string =>
  [
    node.ip('-o link show').replaceAll(/ state \S+|<\S+>/g, ''),
    ...[
      '-o -4 address show',
      '-4 route show table all',
      'rule show',
      'neigh show nud permanent',
    ].map((line) => node.ip(line).replaceAll(/ (?:linkdown|dead)/g, '')),
    node.exec(['iptables-save']).replaceAll(/^#.*\n/gm, ''),
  ].join('\n')

const titleOf = (moves: readonly MoveCase[]): string => moves.map(({ title }) => title).join('; ')

for (const moves of touching) {
  test.serial(`stale: ${titleOf(moves)}`, async (t) => {
    await withScene(async ({ node, pod, saved }) => {
      for (const move of moves) move.do(node, pod)
      const found = dump(node)
      const session = await open(saved)
      const error = await t.throwsAsync(() => session.plan(), { instanceOf: Failure })
      t.like(error, { exitCode: 6, code: 'stale' })
      const told = error.details.diagnostics.map(({ message }) => message).join('\n')
      for (const move of moves) t.regex(told, move.told ?? /^$/, move.title)
      t.is(dump(node), found)
    })
  })
}

for (const moves of apart) {
  test.serial(`nothing to the plan: ${titleOf(moves)}`, async (t) => {
    await withScene(async ({ node, pod, saved }) => {
      for (const move of moves) move.do(node, pod)
      const notes: string[] = []
      const session = await open(saved, (text) => notes.push(text))
      const done = await carryOut(session)
      t.is(failureOf(done), undefined)
      const { steps } = done.plan
      t.deepEqual(
        steps.map(({ step }) => step.argv),
        stepsOf(saved),
      )
      for (const move of moves) t.regex(notes.join(''), move.told ?? /^$/, move.title)
      // And once more: it is done.
      const again = await carryOut(await open(saved))
      t.deepEqual([again.plan.changes.length, again.writes], [0, 0])
    })
  })
}

/** The programs of a saved plan, in their order. */
const stepsOf = (saved: SavedDocument): readonly (readonly string[])[] => {
  const { changes } = saved['plan'] as {
    changes: { steps: { order: number; argv: string[] }[] }[]
  }
  return changes
    .flatMap(({ steps }) => steps)
    .sort((a, b) => a.order - b.order)
    .map(({ argv }) => argv)
}

test.serial('several that matter, and others: those that matter are listed', async (t) => {
  await withScene(async ({ node, saved }) => {
    node.ip('link set dev br0 mtu 1300')
    node.ip('link set dev fx mtu 1300')
    node.ip('route delete 10.8.0.0/16')
    const session = await open(saved)
    const error = await t.throwsAsync(() => session.plan(), { instanceOf: Failure })
    t.deepEqual(
      error.details.diagnostics.map(({ message }) => message),
      ['bridge br0: was mtu 1500, is mtu 1300', 'route 10.8.0.0/16: was there, is gone'],
    )
  })
})

test.serial('IPv6 rules of others, where the owner has none, are where they were', async (t) => {
  const node = createNode()
  t.teardown(() => node.remove())
  const file = (...names: readonly string[]): string =>
    `{ version: 1, namespaces: { ${names.map((name) => `${node.ns(name)}: {}`).join(', ')} } }`
  t.is(failureOf(await node.apply(file('a', 'b'))), undefined)
  for (const name of ['a', 'b'])
    node.ip('-6 rule add from fd00:9::/64 table 99 priority 9', node.ns(name))
  for (const [wanted, changes] of [
    [file('a', 'b'), 0],
    [file('a'), 2],
  ] as const) {
    const notes: string[] = []
    const saved = await save(node.name, wanted)
    const done = await carryOut(await open(saved, (text) => notes.push(text)))
    t.is(failureOf(done), undefined)
    t.deepEqual([done.plan.changes.length, notes.join('')], [changes, ''])
  }
})
