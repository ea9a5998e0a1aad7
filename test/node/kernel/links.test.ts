import test from 'ava'
import { addressesOf, device, nodeFor, prepare, problemsOf, story } from '../story.ts'

test("N-22 MAC addresses are compared in lower case, and an undeclared one is nobody's drift", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = '{ version: 1, veths: { a: { mac: "02:00:00:AA:BB:CC", peer: { name: b } } } }'
    await settle(yaml)
    t.is(device(node, 'a').address, '02:00:00:aa:bb:cc')
    node.ip('link set dev b address 02:00:00:00:00:0b')
    t.deepEqual((await node.plan(yaml)).changes, [])
    node.ip('link set dev a address 02:00:00:00:00:0a')
    t.deepEqual(await settle(yaml), [
      'update link a: mac "02:00:00:00:00:0a" -> "02:00:00:aa:bb:cc"',
    ])
  })
})

test('N-24 another name is another link: the old one goes, and all that hung on it moves', async (t) => {
  await story(t, async (node, settle) => {
    const pod = node.ns('pod')
    const yaml = (bridge: string, near: string): string => `
version: 1
namespaces: { ${pod}: {} }
bridges: { ${bridge}: { addresses: [10.0.0.1/24, 'fd00::1/64'], neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09' }] } }
veths: { ${near}: { bridge: ${bridge}, peer: { name: eth0, namespace: ${pod}, addresses: [10.0.0.2/24], routes: [{ to: default, via: 10.0.0.1 }] } } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }]
`
    await settle(yaml('br0', 'v0'))
    const { ifindex } = device(node, 'v0')
    await settle(yaml('br1', 'v0'))
    t.is(device(node, 'v0').ifindex, ifindex, 'the port only moved')
    const changes = await settle(yaml('br1', 'v1'))
    t.true(changes.includes('create link v1'))
    t.true(changes.includes('delete link v0'))
    t.throws(() => node.ip('link show dev v0'))
  })
})

test('N-25 a link of another kind under the name has to go first', async (t) => {
  await story(t, async (node, settle) => {
    const yamls = [
      '{ version: 1, bridges: { x: { addresses: [10.0.0.1/24] } } }',
      '{ version: 1, vxlans: { x: { id: 1, remotes: [10.0.0.9], addresses: [10.0.0.1/24] } } }',
      '{ version: 1, veths: { x: { addresses: [10.0.0.1/24], peer: { name: y } } } }',
      '{ version: 1, veths: { y: { addresses: [10.0.0.1/24], peer: { name: z } } } }',
      '{ version: 1, bridges: { z: {}, y: { addresses: [10.0.0.1/24] } } }',
    ]
    for (const yaml of yamls) await settle(yaml)
    t.throws(() => node.ip('link set dev y type vxlan ttl 3'))
    t.is(device(node, 'y').linkinfo.info_kind, 'bridge')
  })
})

test('N-25 a hand-made link of another kind is a conflict, and replaced where it is adopted', async (t) => {
  const node = nodeFor(t)
  prepare(node, 'link add name x type bridge')
  const yaml = '{ version: 1, vxlans: { x: { id: 1 } } }'
  t.is(await problemsOf(node, yaml), 'vxlan x exists already and is not ours')
  const { plan, applied } = await node.apply(yaml, { adopt: true })
  t.is(applied.outcome, 'done')
  t.is(plan.changes[0]?.action, 'replace')
})

test('N-26 whether a link is up is its flag, whatever its operational state', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
bridges: { br0: {} }
veths: { a: { peer: { name: b, up: false } } }
`
    await settle(yaml)
    t.is(device(node, 'br0').operstate, 'UNKNOWN')
    t.is(device(node, 'a').operstate, 'LOWERLAYERDOWN')
    node.ip('link set dev a down')
    t.deepEqual(await settle(yaml), ['update link a: up false -> true'])
  })
})

test('N-28 an MTU below 1280 takes the IPv6 addresses away, which come back with it', async (t) => {
  await story(t, async (node, settle) => {
    const yaml =
      '{ version: 1, bridges: { br0: { mtu: 1500, addresses: [10.0.0.1/24, "fd00::1/64"] } } }'
    await settle(yaml)
    node.ip('link set dev br0 mtu 1279')
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24'])
    node.ip('link set dev br0 mtu 1400')
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24'])
    t.deepEqual(await settle(yaml), [
      'update link br0: mtu 1400 -> 1500',
      'create address fd00::1/64 on br0',
    ])
  })
})

test('N-28 a device that was given a small MTU gets back its IPv6 addresses when it is given back', async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name eth0 type veth peer name eth1
     link set dev eth0 up
     link set dev eth1 up
     addr add fd00::5/64 dev eth0 nodad`,
  )
  const yaml = '{ version: 1, interfaces: { eth0: { mtu: 1279 } } }'
  const plan = await node.plan(yaml)
  t.true(
    plan.changes.some(({ identity }) => identity === 'address fd00::5/64 on eth0'),
    'the loss is said',
  )
  await node.apply(yaml)
  t.deepEqual(addressesOf(node, 'eth0'), [])
})

test('N-29 a new MAC leaves the old link-local address, which nobody asked for', async (t) => {
  await story(t, async (node, settle) => {
    await settle('{ version: 1, veths: { a: { peer: { name: b } } } }')
    const yaml = '{ version: 1, veths: { a: { mac: "02:00:00:00:00:0a", peer: { name: b } } } }'
    t.is((await settle(yaml)).length, 1)
    t.is(device(node, 'a').address, '02:00:00:00:00:0a')
  })
})
