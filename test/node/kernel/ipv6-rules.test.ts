import test from 'ava'
import type { Answers } from '../../../src/kernel/answers.ts'
import { liveAnswers } from '../../../src/kernel/live.ts'
import { sh } from '../harness.ts'
import type { TestNode } from '../harness.ts'
import { changesOf, nodeFor, prepare, settle, show } from '../story.ts'

// In a batch `rule show` is about IPv4 alone (N-08), so that IPv6 rules take a program in each namespace.

/** Answers of the kernel, and the namespaces in which they were about IPv6 rules. */
const listening = (): { answers: Answers; asked: string[] } => {
  const asked: string[] = []
  const run: Answers['run'] = (question) => {
    const words = question.argv.join(' ')
    if (words.includes('-6') && words.endsWith('rule show')) asked.push(question.netns ?? '')
    return liveAnswers.run(question)
  }
  return { answers: { ...liveAnswers, run }, asked }
}

const file = (node: TestNode, ...rules: readonly string[]): string =>
  `{ version: 1, namespaces: { ${node.ns('a')}: { rules: [${rules.join(', ')}] }, ${node.ns('b')}: {} } }`

const asksIn = async (node: TestNode, yaml: string): Promise<string[]> => {
  const { answers, asked } = listening()
  await node.plan(yaml, { answers })
  return asked.map((path) => path.split('/').at(-1) ?? '').sort()
}

const own = "{ priority: 7, from: 'fd00::/64', table: 100 }"

test('IPv6 rules are asked for in namespaces in which there can be some of ours', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, file(node))
  t.deepEqual(await asksIn(node, file(node)), [], 'there never were any')
  await settle(t, node, file(node, own))
  t.deepEqual(await asksIn(node, file(node, own)), [node.ns('a')])
  prepare(node, '-6 rule del priority 7', node.ns('a'))
  const { changes } = await node.plan(file(node, own))
  t.deepEqual(
    changes.map(({ action }) => action),
    ['create'],
  )
})

test('an IPv6 rule that left the file is found, also by a file that has none', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, file(node, own))
  const done = await settle(t, node, file(node))
  t.deepEqual(changesOf(done.plan), [
    `delete rule 7 inet6 from fd00::/64 table 100 in ${node.ns('a')}`,
  ])
  t.deepEqual(
    show(node, '-6 rule show', node.ns('a')).map(({ priority }) => priority),
    [0, 32766],
  )
  t.deepEqual(await asksIn(node, file(node)), [node.ns('a')], 'nobody forgets that there were some')
})

test('where notes are lost all IPv6 rules are asked for, and what is ours is found', async (t) => {
  const node = nodeFor(t)
  const yaml = `{ version: 1, rules: [${own}] }`
  await settle(t, node, yaml)
  node.forget()
  t.deepEqual(changesOf(await node.plan('{ version: 1 }')), [
    'delete rule 7 inet6 from fd00::/64 table 100',
  ])
})

test('who changes something knows the IPv6 rules of others that go along with it', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, file(node))
  prepare(node, '-6 rule add from fd00:9::/64 table 99 priority 9', node.ns('b'))
  t.deepEqual(await asksIn(node, file(node)), [])
  t.deepEqual(changesOf(await node.plan(`{ version: 1, namespaces: { ${node.ns('a')}: {} } }`)), [
    `delete namespace ${node.ns('b')}`,
    `delete rule 9 inet6 from fd00:9::/64 table 99 in ${node.ns('b')}`,
  ])
})

test('a plan from a snapshot is that of the node, where IPv6 rules of others are in the way of nobody', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, file(node))
  prepare(node, '-6 rule add from fd00:9::/64 table 99 priority 9', node.ns('b'))
  const [here, there] = [await node.plan(file(node)), await node.planElsewhere(file(node))]
  if (!there.ok) return t.fail()
  t.deepEqual([there.plan.observed, there.plan.changes], [here.observed, []])
})

const beside = 'version: 1, sysctls: { net.ipv4.ip_forward: 1 }'

/** A namespace of somebody else. */
const given = (node: TestNode, ...rules: readonly string[]): string =>
  `{ ${beside}, namespaces: { ${node.ns('a')}: { path: /run/netns/${node.ns('a')}, rules: [${rules.join(', ')}] } } }`

test('in a namespace that was not looked at so far there can be IPv6 rules of ours', async (t) => {
  const node = nodeFor(t)
  sh(['ip', 'netns', 'add', node.ns('a')])
  await settle(t, node, given(node, own))
  node.forget()
  // Nothing says any more that this namespace is ours to look at.
  await settle(t, node, `{ ${beside} }`)
  const found = [`delete rule 7 inet6 from fd00::/64 table 100 in ${node.ns('a')}`]
  t.deepEqual(changesOf(await node.plan(given(node))), found)
})

test('notes about rules of one number say nothing about those of another', async (t) => {
  const node = nodeFor(t)
  const ownedBy = (id: number): string => `{ ownerId: ${id}, ${beside} }`
  await settle(t, node, ownedBy(78))
  prepare(node, '-6 rule add from fd00::/64 table 100 priority 7 protocol 77')
  t.deepEqual(changesOf(await node.plan(ownedBy(78))), [])
  t.deepEqual(changesOf(await node.plan(ownedBy(77))), [
    'delete rule 7 inet6 from fd00::/64 table 100',
  ])
})

test('what is noted of a namespace that is gone says nothing about a later one', async (t) => {
  const node = nodeFor(t)
  const [there, gone] = [`{ ${beside}, namespaces: { ${node.ns('b')}: {} } }`, `{ ${beside} }`]
  await settle(t, node, there)
  await settle(t, node, gone)
  sh(['ip', 'netns', 'add', node.ns('a')])
  prepare(node, '-6 rule add from fd00::/64 table 100 priority 7 protocol 111', node.ns('a'))
  t.deepEqual(changesOf(await node.plan(given(node))), [
    `delete rule 7 inet6 from fd00::/64 table 100 in ${node.ns('a')}`,
  ])
})
