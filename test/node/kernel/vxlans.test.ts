import test from 'ava'
import { device, nodeFor, prepare, story } from '../story.ts'
import type { TestNode } from '../harness.ts'

const data = (node: TestNode, name = 'x'): ReturnType<typeof device> =>
  device(node, name).linkinfo.info_data

const flood = (node: TestNode, name = 'x'): string[] =>
  node
    .exec(['bridge', 'fdb', 'show', 'dev', name])
    .split('\n')
    .filter((line) => line.startsWith('00:00:00:00:00:00'))
    .map((line) =>
      line
        .replace(/^\S+ dst /, '')
        .replace(/ (self|permanent|link-netnsid \d)/g, '')
        .trim(),
    )
    .sort()

test('N-41 N-52 the flood list is what is declared, after every change', async (t) => {
  await story(t, async (node, settle) => {
    const tunnel = (options: string): string => `
version: 1
veths: { u0: { peer: { name: p0 } }, u1: { peer: { name: p1 } } }
vxlans: { x: { id: 7, ${options} } }
`
    await settle(tunnel('device: u0, group: 239.1.1.1'))
    t.deepEqual(flood(node), ['239.1.1.1 via u0'])
    await settle(tunnel('device: u1, group: 239.1.1.1'))
    t.deepEqual(flood(node), ['239.1.1.1 via u1'])
    await settle(tunnel('device: u1, group: 239.1.1.2'))
    t.deepEqual(flood(node), ['239.1.1.2 via u1'])
    node.exec([
      'bridge',
      'fdb',
      'delete',
      '00:00:00:00:00:00',
      'dev',
      'x',
      'dst',
      '239.1.1.2',
      'via',
      'u1',
      'self',
    ])
    t.deepEqual(flood(node), [])
    t.is(data(node).group, '239.1.1.2', 'the link goes on showing it')
    await settle(tunnel('device: u1, group: 239.1.1.2'))
    t.deepEqual(flood(node), ['239.1.1.2 via u1'])
    node.exec([
      'bridge',
      'fdb',
      'delete',
      '00:00:00:00:00:00',
      'dev',
      'x',
      'dst',
      '239.1.1.2',
      'via',
      'u1',
      'self',
    ])
    await settle(tunnel('device: u1, group: 239.1.1.3'))
    t.deepEqual(flood(node), ['239.1.1.3 via u1'])
    await settle(tunnel('remotes: [10.0.0.1, 10.0.0.2]'))
    await settle(tunnel('remotes: [10.0.0.2, 10.0.0.3]'))
    t.deepEqual(flood(node), ['10.0.0.2', '10.0.0.3'])
    await settle(tunnel('remotes: []'))
    t.deepEqual(flood(node), [])
  })
})

test('N-42 T23 a VNI and port that exist already are given up before they are taken', async (t) => {
  await story(t, async (node, settle) => {
    const tunnels = (text: string): string => `{ version: 1, vxlans: { ${text} } }`
    await settle(tunnels('a: { id: 1 }, b: { id: 2 }'))
    await settle(tunnels('c: { id: 1 }, b: { id: 2 }'))
    await settle(tunnels('c: { id: 2 }, b: { id: 1 }'))
    await settle(tunnels('c: { id: 1, port: 8472 }, b: { id: 2, port: 8472 }'))
    t.throws(() => node.ip('link add name d type vxlan id 1 dstport 8472'), {
      message: /already exists/,
    })
  })
})

test('N-42 a VNI and port that somebody else has is refused by the kernel, and said so', async (t) => {
  const node = nodeFor(t)
  prepare(node, 'link add name theirs type vxlan id 1 dstport 4789')
  const { applied } = await node.apply('{ version: 1, vxlans: { ours: { id: 1 } } }')
  t.is(applied.outcome, 'undone')
  t.regex(JSON.stringify(applied), /A VXLAN device with the specified VNI already exists/)
})

test('N-43 T24 mtu: auto follows the underlay, and an undeclared MTU does not', async (t) => {
  await story(t, async (node, settle) => {
    const sized = (mtu: number): string => `
version: 1
veths: { u0: { mtu: ${mtu}, peer: { name: p0 } } }
vxlans:
  a: { id: 1, device: u0, mtu: auto }
  b: { id: 2, device: u0 }
  c: { id: 3, device: u0, group: 'ff05::1', mtu: auto }
`
    await settle(sized(1500))
    t.deepEqual(
      ['a', 'b', 'c'].map((name) => device(node, name).mtu),
      [1450, 1450, 1430],
    )
    t.deepEqual(await settle(sized(9000)), [
      'update link a: mtu 1450 -> 8950',
      'update link c: mtu 1430 -> 8930',
      'update link u0: mtu 1500 -> 9000',
    ])
    t.is(device(node, 'b').mtu, 1450)
    await settle(sized(1400))
  })
})

test("N-44 without a port it is IANA's, and what is not declared is not compared", async (t) => {
  await story(t, async (node, settle) => {
    const plain = '{ version: 1, vxlans: { x: { id: 1 } } }'
    await settle(plain)
    t.is(data(node).port, 4789)
    node.ip('link set dev x type vxlan ttl 5 ageing 9')
    t.deepEqual((await node.plan(plain)).changes, [])
    node.ip('link add name y type vxlan id 2')
    t.is(data(node, 'y').port, 8472)
    node.ip('link delete dev y')
  })
})

test('N-45 addresses of a tunnel are found again in both families', async (t) => {
  await story(t, async (node, settle) => {
    await settle(`
version: 1
veths: { u0: { peer: { name: p0 } } }
vxlans:
  a: { id: 1, device: u0, group: 239.1.1.1, local: 10.0.0.1 }
  b: { id: 2, port: 4790, device: u0, group: 'ff05::1', local: 'fd00::1' }
  c: { id: 3, local: 10.0.0.1, remotes: [10.0.0.2] }
  d: { id: 4, port: 4790, local: 'fd00::1', remotes: ['fd00::2', 'fd00::3'] }
`)
    t.deepEqual(
      [data(node, 'a').group, data(node, 'b').group6, data(node, 'b').local6],
      ['239.1.1.1', 'ff05::1', 'fd00::1'],
    )
    t.is(data(node, 'a').link, 'u0')
  })
})

test('N-46 a tunnel goes with the device below it, and comes back with it', async (t) => {
  await story(t, async (node, settle) => {
    const below = (peer: string): string => `
version: 1
bridges: { br0: {} }
veths: { u0: { addresses: [10.0.0.1/24], peer: { name: ${peer} } } }
vxlans: { x: { id: 7, device: u0, bridge: br0, remotes: [10.0.0.2, 10.0.0.3], fdb: [{ mac: '02:00:00:00:00:01', remote: 10.0.0.2 }] } }
`
    await settle(below('p0'))
    const changes = await settle(below('p1'))
    t.true(changes.includes('replace link x'))
    node.ip('link delete dev u0')
    t.throws(() => node.ip('link show dev x'))
    t.is((await settle(below('p1'))).length, 7)
    await settle('{ version: 1, bridges: { br0: {} } }')
  })
})

test('N-47 a tunnel comes up on a device that is down', async (t) => {
  await story(t, async (node, settle) => {
    await settle(`
version: 1
veths: { u0: { up: false, peer: { name: p0, up: false } } }
vxlans: { x: { id: 7, device: u0, group: 239.1.1.1 } }
`)
    t.true((device(node, 'x').flags as string[]).includes('UP'))
    t.regex(node.ip('maddr show dev u0'), /239\.1\.1\.1/)
  })
})
