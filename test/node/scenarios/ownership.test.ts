import { existsSync, rmSync, statSync } from 'node:fs'
import test from 'ava'
import type { TestNode } from '../harness.ts'
import {
  addressesOf,
  changesOf,
  device,
  nodeFor,
  prepare,
  problemsOf,
  settle,
  show,
  story,
} from '../story.ts'
import { namespacesOf, snapshot } from '../snapshot.ts'

const recordsOf = (node: TestNode): string =>
  `/run/nodeplan/${statSync(`/run/netns/${node.name}`).ino}`

/** One hand-made object of every kind. */
const handMade = (p: string): string => `
  link add name br0 type bridge
  link set dev br0 up
  link add name v0 type veth peer name eth0 netns ${p}
  link set dev v0 master br0 up
  link add name x0 type vxlan id 7 dstport 4789
  link set dev x0 up
  address add 10.0.0.1/24 dev br0
  address add 10.0.0.99/24 dev br0
  address add fd00::99/64 dev br0
  route add 10.9.0.0/16 via 10.0.0.2
  rule add priority 5 from 10.1.0.0/16 table 7
  neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0 nud permanent
  neigh add proxy 10.0.0.8 dev br0`

const wanted = (p: string): string => `
version: 1
namespaces: { ${p}: {} }
bridges:
  br0:
    addresses: [10.0.0.1/24]
    neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09' }, { address: 10.0.0.8, proxy: true }]
veths: { v0: { bridge: br0, peer: { name: eth0, namespace: ${p} } } }
vxlans: { x0: { id: 7, remotes: [10.7.7.7] } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }]
rules: [{ priority: 5, from: 10.1.0.0/16, table: 7 }]
`

test('T11 only what is ours is deleted when it leaves the file', async (t) => {
  await story(t, async (node, settle) => {
    prepare(
      node,
      `link add name theirs type bridge
       link set dev theirs up
       address add 10.5.0.1/24 dev theirs
       route add 10.50.0.0/16 via 10.5.0.2`,
    )
    await settle(
      '{ version: 1, bridges: { ours: { addresses: [10.6.0.1/24] } }, routes: [{ to: 10.60.0.0/16, via: 10.6.0.2 }] }',
    )
    t.deepEqual(await settle('{ version: 1 }'), [
      'delete link ours',
      'delete address 10.6.0.1/24 on ours',
      'delete route 10.60.0.0/16',
    ])
  })
})

test("T12 the objects of other tools are nobody's drift", async (t) => {
  await story(t, async (node, settle) => {
    prepare(
      node,
      `link add name cni0 type bridge
       link set dev cni0 up
       link add name flannel.1 type vxlan id 1 dstport 8472
       link set dev flannel.1 up
       link add name cali123 type veth peer name tmp
       link set dev cali123 up
       address add 10.244.0.1/24 dev cni0
       route add 10.245.0.0/24 via 10.244.0.2 proto bird
       route add 10.246.0.0/24 dev cali123 scope link
       rule add priority 100 fwmark 0x200 table 2004
       neigh add 10.244.0.9 lladdr 02:00:00:00:00:09 dev flannel.1 nud permanent`,
    )
    node.exec([
      'bridge',
      'fdb',
      'append',
      '00:00:00:00:00:00',
      'dev',
      'flannel.1',
      'dst',
      '10.9.9.9',
    ])
    t.deepEqual(changesOf(await node.plan('{ version: 1 }')), [])
    await settle('{ version: 1, bridges: { br0: {} } }')
  })
})

test('T13 hand-made objects of every kind are conflicts, all of them named at once', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  node.exec(['ip', 'netns', 'add', p])
  prepare(node, handMade(p))
  const before = snapshot(node.name)
  t.deepEqual((await problemsOf(node, wanted(p))).split('\n').sort(), [
    'bridge br0 exists already and is not ours',
    `namespace ${p} exists already and is not ours`,
    'neighbor 10.0.0.9 on br0 exists already and is not ours',
    'neighbor proxy 10.0.0.8 on br0 exists already and is not ours',
    'route 10.9.0.0/16 exists already and is not ours',
    'rule 5 from 10.1.0.0/16 table 7 exists already and is not ours',
    `veth eth0 in ${p} exists already and is not ours`,
    'veth v0 exists already and is not ours',
    'vxlan x0 exists already and is not ours',
  ])
  t.deepEqual(snapshot(node.name), before)
})

test('T13 adopted, they are ours without being made anew, and what else is on them goes', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  node.exec(['ip', 'netns', 'add', p])
  prepare(node, handMade(p))
  const indexes = (): number[] =>
    ['br0', 'v0', 'x0'].map((name) => Number(device(node, name).ifindex))
  const before = indexes()
  await settle(t, node, wanted(p), { adopt: true })
  t.deepEqual(indexes(), before)
  t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24'])
  await node.destroy(wanted(p))
  t.deepEqual(
    show(node, 'link show').map(({ ifname }) => ifname),
    ['lo'],
  )
  t.deepEqual(show(node, 'rule show').length, 3)
  t.deepEqual(namespacesOf(node.name), [node.name])
})

test('T13 "adopt: true" in the file adopts that object and no other', async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name br0 type bridge
     link add name br1 type bridge`,
  )
  t.is(
    await problemsOf(node, '{ version: 1, bridges: { br0: { adopt: true }, br1: {} } }'),
    'bridge br1 exists already and is not ours',
  )
  const { plan } = await settle(t, node, '{ version: 1, bridges: { br0: { adopt: true } } }')
  t.deepEqual(changesOf(plan), ['update link br0: adopted, up false -> true'])
})

test('T14 without its records a run deletes less, never more', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  prepare(
    node,
    `link add name eth0 type veth peer name eth1
     link set dev eth0 up`,
  )
  const yaml = `
version: 1
namespaces: { ${p}: {} }
interfaces: { eth0: { mtu: 1400, addresses: [10.3.0.1/24] } }
bridges: { br0: { addresses: [10.0.0.1/24] } }
veths: { v: { bridge: br0, peer: { name: eth0, namespace: ${p} } } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }]
sysctls: { net.ipv4.ip_forward: 1 }
`
  await settle(t, node, yaml)
  rmSync(recordsOf(node), { recursive: true })
  t.deepEqual((await node.plan(yaml)).changes, [], 'nothing to do')
  const { plan } = await settle(t, node, '{ version: 1 }')
  t.deepEqual(changesOf(plan), [
    'delete link br0',
    'delete link v',
    'delete address 10.0.0.1/24 on br0',
    'delete route 10.9.0.0/16',
  ])
  t.deepEqual(addressesOf(node, 'eth0'), ['10.3.0.1/24'])
  t.true(existsSync(`/run/netns/${p}`))
})

test('T37 a route of a routing daemon is a conflict, and never stolen', async (t) => {
  const node = nodeFor(t)
  await settle(
    t,
    node,
    '{ version: 1, bridges: { br0: { addresses: [10.0.0.1/24, "fd00::1/64"] } } }',
  )
  prepare(
    node,
    `route add 10.9.0.0/16 via 10.0.0.2 proto bird
     route add fd09::/64 via fd00::2 proto bird`,
  )
  const before = snapshot(node.name)
  const yaml = `
version: 1
bridges: { br0: { addresses: [10.0.0.1/24, 'fd00::1/64'] } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.3 }, { to: 'fd09::/64', via: 'fd00::3' }]
`
  t.is((await problemsOf(node, yaml)).split('\n').length, 2)
  t.deepEqual(snapshot(node.name), before)
})
