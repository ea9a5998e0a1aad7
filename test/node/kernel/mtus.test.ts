import test from 'ava'
import { changesOf, device, nodeFor, prepare, problemsOf, story } from '../story.ts'
import type { TestNode } from '../harness.ts'

const mtus = (node: TestNode, ...names: string[]): number[] =>
  names.map((name) => device(node, name).mtu as number)

/** A device that is there already, with an address of each family. */
const underlay = `link add name u0 type veth peer name p0
  link set dev u0 up
  link set dev p0 up
  address add 192.168.0.101/24 dev u0
  address add fd18::1/64 dev u0 nodad`

test('T24 what follows a device by its address takes its MTU, wherever it is', async (t) => {
  const node = nodeFor(t)
  prepare(node, underlay)
  const pod = node.ns('pod')
  const yaml = `
version: 1
namespaces: { ${pod}: {} }
bridges: { br0: { mtu: like 192.168.0.101 } }
veths:
  v0: { bridge: br0, mtu: like br0, peer: { name: eth0, namespace: ${pod}, mtu: like FD18::0:1 } }
  v1: { namespace: ${pod}, peer: { name: w1, mtu: like v0 } }
`
  const plan = async (): Promise<string[]> => changesOf(await node.plan(yaml))
  for (const mtu of [1400, 9000, 1280, 1500]) {
    node.ip(`link set dev u0 mtu ${mtu}`)
    await node.apply(yaml)
    t.deepEqual(mtus(node, 'br0', 'v0', 'w1'), [mtu, mtu, mtu])
    t.is(device(node, 'eth0', pod).mtu, mtu)
    t.deepEqual(await plan(), [])
  }
  node.ip('link set dev u0 mtu 1450')
  t.deepEqual(await plan(), [
    'update link br0: mtu 1500 -> 1450',
    'update link v0: mtu 1500 -> 1450',
    'update link w1: mtu 1500 -> 1450',
    `update link eth0 in ${pod}: mtu 1500 -> 1450`,
  ])
})

test('T24 a tunnel without a device follows the one that has its local address', async (t) => {
  const node = nodeFor(t)
  prepare(node, underlay)
  const yaml = `
version: 1
bridges: { br0: { mtu: like x4 } }
veths: { v0: { bridge: br0, mtu: like x4, peer: { name: w0, mtu: like x6 } } }
vxlans:
  x4: { id: 4, local: 192.168.0.101, remotes: [192.168.0.102], bridge: br0, mtu: auto }
  x6: { id: 6, port: 4790, local: 'fd18::1', remotes: ['fd18::2'], mtu: auto }
`
  for (const mtu of [1500, 9000, 1400]) {
    node.ip(`link set dev u0 mtu ${mtu}`)
    await node.apply(yaml)
    t.deepEqual(
      mtus(node, 'x4', 'x6', 'br0', 'v0', 'w0'),
      [50, 70, 50, 50, 70].map((less) => mtu - less),
    )
    t.deepEqual(changesOf(await node.plan(yaml)), [])
  }
})

test('T24 a bridge keeps the MTU that it follows, whichever ports come and go', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (mtu: number, ports: string): string => `
version: 1
veths: { u0: { mtu: ${mtu}, peer: { name: p0 } }, ${ports} }
bridges: { br0: { mtu: like u0 } }
`
    const port = (name: string, mtu: number | string): string =>
      `${name}: { bridge: br0, mtu: ${mtu}, peer: { name: w${name} } }`
    await settle(yaml(1500, port('a', 1400)))
    t.deepEqual(mtus(node, 'br0'), [1500])
    await settle(yaml(1400, [port('a', 1400), port('b', 'like u0')].join(', ')))
    t.deepEqual(mtus(node, 'br0', 'b'), [1400, 1400])
    await settle(yaml(1400, port('c', 1300)))
    t.deepEqual(mtus(node, 'br0'), [1400])
    await settle(yaml(9000, port('c', 'like u0')))
    t.deepEqual(mtus(node, 'br0', 'c'), [9000, 9000])
    await settle(yaml(9000, port('d', 'like br0')))
    t.deepEqual(mtus(node, 'br0', 'd'), [9000, 9000])
  })
})

test('T24 what follows a device follows it to what it was, once the file says nothing of it', async (t) => {
  const node = nodeFor(t)
  prepare(node, underlay)
  const yaml = (device: string): string =>
    `{ version: 1, interfaces: { u0: { ${device} } }, bridges: { br0: { mtu: like u0 } } }`
  await node.apply(yaml('mtu: 1400'))
  t.deepEqual(mtus(node, 'u0', 'br0'), [1400, 1400])
  t.deepEqual(changesOf(await node.plan(yaml(''))), [
    'update link br0: mtu 1400 -> 1500',
    'update link u0: mtu 1400 -> 1500',
  ])
  await node.apply(yaml(''))
  t.deepEqual(changesOf(await node.plan(yaml(''))), [])
})

test('T24 there is no plan where nobody can tell the MTU, or IPv6 has no room in it', async (t) => {
  const node = nodeFor(t)
  prepare(node, `${underlay}\nlink set dev p0 mtu 1279`)
  const problems = (bridge: string): Promise<string> =>
    problemsOf(node, `{ version: 1, interfaces: { p0: {} }, bridges: { br0: { ${bridge} } } }`)
  t.is(
    await problems('mtu: like 192.168.0.102'),
    '"mtu: like 192.168.0.102" is not known: no device on this node has the address 192.168.0.102',
  )
  t.is(
    await problems("mtu: like p0, addresses: ['fd00::1/64']"),
    '"mtu: like p0" is 1279, and the IPv6 address of br0 needs 1280 or more',
  )
  t.is(await problems('mtu: like p0, addresses: [10.0.0.1/24]'), '')
  // The file does not have the address, and by then the bridge does.
  await node.apply('{ version: 1, bridges: { br0: {} } }')
  node.ip('address add 10.9.0.1/24 dev br0')
  t.is(
    await problems('mtu: like 10.9.0.1'),
    '"mtu: like 10.9.0.1" is not known: that of br0 follows itself',
  )
})
