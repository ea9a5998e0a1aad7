import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { describeProblems, sh } from '../harness.ts'
import { nodeFor } from '../story.ts'

// Whose a namespace is decides whether everything in it is deleted.

test('a namespace that was given is not ours when the file no longer says so', async (t) => {
  const node = nodeFor(t)
  const c = node.ns('c')
  sh(['ip', 'netns', 'add', c])
  node.ip('link add name foreign type bridge', c)
  const veths = `veths: { v1: { peer: { name: v2, namespace: ${c} } } }`
  await node.apply(`namespaces: { ${c}: { path: /run/netns/${c} } }\n${veths}`)
  const managed = `namespaces: { ${c}: {} }\n${veths}`
  await node.apply(managed)
  await node.destroy(managed)
  t.regex(node.ip('-brief link show', c), /foreign/)
})

test('a namespace that somebody made anew under the name of ours is not ours', async (t) => {
  const node = nodeFor(t)
  const pod = node.ns('pod')
  const yaml = `namespaces: { ${pod}: {} }`
  await node.apply(yaml)
  sh(['ip', 'netns', 'delete', pod])
  // Long enough for the kernel to use the inode again.
  await sleep(300)
  sh(['ip', 'netns', 'add', pod])
  t.regex(describeProblems(await node.tryPlan(yaml)), /exists already and is not ours/)
  await node.destroy(yaml)
  t.true(existsSync(`/run/netns/${pod}`))
})

test('one namespace under two names is refused, and so is the node as one of its own', async (t) => {
  const node = nodeFor(t)
  const c = node.ns('c')
  sh(['ip', 'netns', 'add', c])
  const twice = await node.tryPlan(
    `namespaces: { a: { path: /run/netns/${c} }, b: { path: /run//netns/${c} } }`,
  )
  t.is(describeProblems(twice), 'namespace b is namespace a')
  const session = await node.open(`namespaces: { a: { path: /run/netns/${node.name} } }`)
  t.is((await session.observe()).problems.length, 1, 'nor is it shown')
  const itself = await node.tryPlan(`namespaces: { a: { path: /run/netns/${node.name} } }`)
  t.is(describeProblems(itself), 'namespace a is the node itself')
})

test('an empty file in the way of a namespace is cleared, one with a content is not', async (t) => {
  const node = nodeFor(t)
  const pod = node.ns('pod')
  const file = `/run/netns/${pod}`
  const yaml = `namespaces: { ${pod}: {} }`
  writeFileSync(file, 'precious')
  t.regex(describeProblems(await node.tryPlan(yaml)), /exists already and is not ours/)
  writeFileSync(file, '')
  const { applied } = await node.apply(yaml)
  t.is(applied.outcome, 'done')
  await node.destroy(yaml)
  t.false(existsSync(file))
  rmSync(file, { force: true })
})

test('what we made in a namespace that was given goes when the namespace leaves the file', async (t) => {
  const node = nodeFor(t)
  const c = node.ns('c')
  sh(['ip', 'netns', 'add', c])
  const forwarding = (): string => node.exec(['cat', '/proc/sys/net/ipv4/ip_forward'], c).trim()
  const before = [node.ip('route show table all', c), node.ip('rule', c), forwarding()]
  await node.apply(`
namespaces:
  ${c}:
    path: /run/netns/${c}
    routes: [{ to: 10.98.0.0/16, type: unreachable }]
    rules: [{ priority: 100, to: 10.98.0.0/16, table: main }]
    sysctls: { net.ipv4.ip_forward: 1 }
`)
  t.is(forwarding(), '1')
  const { plan } = await node.apply('version: 1')
  t.is(plan.changes.length, 3)
  t.deepEqual([node.ip('route show table all', c), node.ip('rule', c), forwarding()], before)
  t.is((await node.plan('version: 1')).changes.length, 0)
})
