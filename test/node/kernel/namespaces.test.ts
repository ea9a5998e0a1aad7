import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import test from 'ava'
import { changesOf, device, nodeFor, problemsOf, settle, show, story, sysctl } from '../story.ts'
import { namespacesOf } from '../snapshot.ts'

test('N-17 T7 a namespace whose name was deleted under a running process is made anew', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    const yaml = `
version: 1
namespaces: { ${p}: {} }
veths: { v: { peer: { name: eth0, namespace: ${p}, addresses: [10.0.0.2/24] } } }
`
    await settle(yaml)
    const child = spawn('nsenter', [`--net=/run/netns/${p}`, 'sleep', '60'])
    t.teardown(() => child.kill())
    await new Promise((resolve) => setTimeout(resolve, 50))
    node.exec(['ip', 'netns', 'delete', p])
    t.is(typeof device(node, 'v').link_netnsid, 'number', 'the pair lives on')
    const changes = await settle(yaml)
    t.deepEqual(changes, [
      `create namespace ${p}`,
      `replace link v: peer "unknown" -> "${p}/eth0"`,
      `create link eth0 in ${p}`,
      `create link lo in ${p}`,
      `create address 10.0.0.2/24 on eth0 in ${p}`,
    ])
  })
})

test('N-18 T8 a file that a crash left behind is cleared away', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  writeFileSync(`/run/netns/${p}`, '')
  t.throws(() => node.exec(['true'], p), { message: /Invalid argument/ })
  t.throws(() => node.exec(['ip', 'netns', 'add', p]), { message: /File exists/ })
  const yaml = `{ version: 1, namespaces: { ${p}: {} } }`
  const { plan } = await settle(t, node, yaml)
  t.deepEqual(changesOf(plan), [
    `replace namespace ${p}: stale true -> false`,
    `create link lo in ${p}`,
  ])
  await node.destroy(yaml)
  t.deepEqual(namespacesOf(node.name), [node.name])
})

test('N-18 a file that is no namespace is refused where it is named by its path', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  writeFileSync(`/run/netns/${p}`, '')
  const yaml = `{ version: 1, namespaces: { p: { path: /run/netns/${p} } }, bridges: { b: { namespace: p } } }`
  t.regex(await problemsOf(node, yaml), /no network namespace/)
})

test('N-19 a namespace with two names is one', async (t) => {
  const node = nodeFor(t)
  const [p, q] = [node.ns('p'), node.ns('q')]
  node.exec(['ip', 'netns', 'add', p])
  const child = spawn('nsenter', [`--net=/run/netns/${p}`, 'sleep', '60'])
  t.teardown(() => child.kill())
  await new Promise((resolve) => setTimeout(resolve, 50))
  node.exec(['ip', 'netns', 'attach', q, String(child.pid)])
  const yaml = (name: string): string =>
    `{ version: 1, namespaces: { n: ${name} }, veths: { v: { peer: { name: eth0, namespace: n } } } }`
  await settle(t, node, yaml(`{ path: /run/netns/${p} }`))
  for (const other of [`{ path: /run/netns/${q} }`, `{ pid: ${child.pid} }`]) {
    t.deepEqual((await node.plan(yaml(other))).changes, [], other)
  }
  await node.destroy(yaml(`{ path: /run/netns/${q} }`))
  t.deepEqual(namespacesOf(node.name), [node.name, p, q], 'what we did not make stays')
})

test("N-20 in a new namespace lo is set up, and parameters are the kernel's", async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    node.exec(['sysctl', '-qw', 'net.ipv4.conf.default.rp_filter=2'])
    await settle(`{ version: 1, namespaces: { ${p}: {} } }`)
    t.true((device(node, 'lo', p).flags as string[]).includes('UP'))
    t.is(sysctl(node, 'net/ipv4/conf/default/rp_filter', p), '0')
    t.is(show(node, 'addr show dev lo', p)[0].addr_info[0].local, '127.0.0.1')
  })
})
