import { spawn } from 'node:child_process'
import test from 'ava'
import {
  addressesOf,
  device,
  nodeFor,
  problemsOf,
  prepare,
  settle,
  show,
  story,
  sysctl,
} from '../story.ts'

test('N-11 the peer of a veth is found in its own namespace, in another, and between two others', async (t) => {
  await story(t, async (node, settle) => {
    const [p, q] = [node.ns('p'), node.ns('q')]
    await settle(`
version: 1
namespaces: { ${p}: {}, ${q}: {} }
veths:
  a: { peer: { name: b } }
  c: { peer: { name: eth0, namespace: ${p} } }
  d: { namespace: ${p}, peer: { name: d, namespace: ${q} } }
  e: { namespace: ${q}, peer: { name: f, namespace: ${q} } }
  g: { namespace: ${q}, peer: { name: g } }
`)
    t.is(device(node, 'a').link, 'b')
    t.is(device(node, 'c').link, undefined)
    t.is(typeof device(node, 'c').link_netnsid, 'number')
  })
})

test('N-11 where numbers of namespaces have no names, peers are still told apart', async (t) => {
  const node = nodeFor(t)
  const spaces = ['p', 'q', 'r', 's'].map((name) => node.ns(name))
  for (const name of spaces) node.exec(['ip', 'netns', 'add', name])
  const sleepers = spaces.map((name) => {
    const child = spawn('nsenter', [`--net=/run/netns/${name}`, 'sleep', '60'])
    t.teardown(() => child.kill())
    return child
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (const name of spaces) node.exec(['ip', 'netns', 'delete', name])
  // Pairs that cross, all ends with the same indexes.
  const yaml = `
version: 1
namespaces: { ${['p', 'q', 'r', 's'].map((name, i) => `${name}: { pid: ${sleepers[i]?.pid} }`).join(', ')} }
veths:
  a: { namespace: p, peer: { name: eth0, namespace: s } }
  b: { namespace: q, peer: { name: eth0, namespace: r } }
`
  const { plan } = await settle(t, node, yaml)
  t.is(plan.changes.length, 4)
})

test('N-12 links of one index in several namespaces are not confused', async (t) => {
  await story(t, async (node, settle) => {
    const [p, q, r] = ['p', 'q', 'r'].map((name) => node.ns(name))
    await settle(`
version: 1
namespaces: { ${p}: {}, ${q}: {}, ${r}: {} }
veths:
  a: { peer: { name: eth0, namespace: ${p} } }
  b: { peer: { name: eth0, namespace: ${q} } }
  c: { peer: { name: eth0, namespace: ${r} } }
`)
    const indexes = [p, q, r].map((pod) => Number(device(node, 'eth0', pod).ifindex))
    t.is(new Set(indexes).size, 1)
  })
})

test('N-12 the other end is in a namespace that is not read: none that is read is taken for it', async (t) => {
  const node = nodeFor(t)
  const [p, q, r] = ['p', 'q', 'r'].map((name) => node.ns(name))
  for (const name of [p, q, r]) node.exec(['ip', 'netns', 'add', String(name)])
  // What is in p looks by its indexes like the other end of what is in the node, and is not.
  prepare(node, `link add name v index 700 type veth peer name eth0 index 800 netns ${q}`)
  prepare(node, `link add name eth0 index 800 type veth peer name w index 700 netns ${r}`, p)
  const observed = await (
    await node.open(`namespaces: { ${p}: { path: /run/netns/${p} } }`)
  ).observe()
  const peers = observed.observed
    .filter(({ kind }) => kind === 'link')
    .flatMap(({ attributes: { peer } }) => (peer === undefined ? [] : [peer]))
  t.deepEqual(peers, ['unknown', 'unknown'])
})

test('N-13 a peer that was moved away by hand is made anew, with all that it lost', async (t) => {
  await story(t, async (node, settle) => {
    const [p, q] = [node.ns('p'), node.ns('q')]
    const yaml = `
version: 1
namespaces:
  ${p}: { sysctls: { net.ipv4.conf.eth0.rp_filter: 2 } }
  ${q}: {}
bridges: { br0: { addresses: [10.0.0.1/24] } }
veths:
  v: { bridge: br0, hairpin: true, peer: { name: eth0, namespace: ${p}, mtu: 1400, addresses: [10.0.0.2/24, 'fd00::2/64'], routes: [{ to: default, via: 10.0.0.1 }] } }
`
    await settle(yaml)
    node.ip(`link set dev eth0 netns ${q}`, p)
    t.false((device(node, 'eth0', q).flags as string[]).includes('UP'))
    t.deepEqual(addressesOf(node, 'eth0', q), [])
    t.is(sysctl(node, 'net/ipv4/conf/eth0/rp_filter', q), '0')
    t.is(device(node, 'eth0', q).mtu, 1400)
    await settle(yaml)
    t.deepEqual(addressesOf(node, 'eth0', p), ['10.0.0.2/24', 'fd00::2/64'])
    t.is(sysctl(node, 'net/ipv4/conf/eth0/rp_filter', p), '2')
    t.is(show(node, 'link show type veth', q).filter(({ ifname }) => ifname).length, 0)
  })
})

test('N-14 the peer is made where it belongs, and nothing at all where its name is taken', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  node.exec(['ip', 'netns', 'add', p])
  prepare(node, 'link add name eth0 type bridge', p)
  t.throws(() => node.ip(`link add name v type veth peer name eth0 netns ${p}`))
  t.is(show(node, 'link show').length, 1)
  const yaml = `
version: 1
namespaces: { p: { path: /run/netns/${p} } }
veths: { v: { peer: { name: eth0, namespace: p } } }
`
  t.is(await problemsOf(node, yaml), 'veth eth0 in p exists already and is not ours')
})

test('N-15 both ends are set up by commands of their own', async (t) => {
  await story(t, async (node, settle) => {
    t.throws(() => node.ip('link add name x type veth peer name y up'), {
      message: /not connected/,
    })
    await settle('{ version: 1, veths: { a: { peer: { name: b } } } }')
    t.is(device(node, 'a').operstate, 'UP')
    t.is(device(node, 'b').operstate, 'UP')
  })
})

test("N-16 a name that is another link's alternative name is refused, and said so", async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name x type bridge
     link property add dev x altname wanted`,
  )
  const { applied } = await node.apply('{ version: 1, bridges: { wanted: {} } }')
  t.is(applied.outcome, 'undone')
  t.regex(JSON.stringify(applied), /File exists/)
})

test('N-17 one end of a veth is deleted, and the other goes along', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    await settle(`
version: 1
namespaces: { ${p}: {} }
veths: { a: { peer: { name: b } }, c: { peer: { name: d, namespace: ${p} } } }
`)
    const changes = await settle(`{ version: 1, namespaces: { ${p}: {} } }`)
    t.deepEqual(changes, [
      'delete link a',
      'delete link b',
      'delete link c',
      `delete link d in ${p}`,
    ])
  })
})

test("N-23 a pair that is made anew gets back what was on both ends, ours and others'", async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    const yaml = (peer: string): string => `
version: 1
namespaces: { ${p}: { sysctls: { net.ipv4.conf.all.rp_filter: 1 } } }
bridges: { br0: { addresses: [10.0.0.1/24] } }
veths:
  v:
    bridge: br0
    isolated: true
    pathCost: 7
    fdb: [{ mac: '02:00:00:00:00:02' }]
    peer:
      name: ${peer}
      namespace: ${p}
      addresses: [10.0.0.2/24, 'fd00::2/64']
      neighbors: [{ address: 10.0.0.1, mac: '02:00:00:00:00:01' }]
      routes: [{ to: default, via: 10.0.0.1 }, { to: '::/0', via: 'fd00::1' }]
sysctls: { net.ipv4.conf.v.rp_filter: 2 }
`
    await settle(yaml('eth0'))
    prepare(
      node,
      `route add 10.77.0.0/16 dev v metric 7
       neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev v nud permanent`,
    )
    const changes = await settle(yaml('eth1'))
    t.true(changes.includes('replace link v: peer "' + p + '/eth0" -> "' + p + '/eth1"'))
    t.is(show(node, 'route show 10.77.0.0/16')[0].dev, 'v')
    t.is(show(node, 'neigh show 10.0.0.77')[0].lladdr, '02:00:00:00:00:77')
    t.is(device(node, 'v').linkinfo.info_slave_data.cost, 7)
  })
})

test('N-27 each end of a veth has an MTU of its own', async (t) => {
  await story(t, async (node, settle) => {
    await settle('{ version: 1, veths: { a: { mtu: 9000, peer: { name: b, mtu: 68 } } } }')
    t.deepEqual([device(node, 'a').mtu, device(node, 'b').mtu], [9000, 68])
    const changes = await settle('{ version: 1, veths: { a: { mtu: 65535, peer: { name: b } } } }')
    t.deepEqual(changes, ['update link a: mtu 9000 -> 65535'])
    t.deepEqual([device(node, 'a').mtu, device(node, 'b').mtu], [65535, 68])
  })
})
