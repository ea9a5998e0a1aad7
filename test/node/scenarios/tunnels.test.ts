import test from 'ava'
import type { TestNode } from '../harness.ts'
import { device, nodeFor, prepare, show, story } from '../story.ts'

const flood = (node: TestNode): string[] =>
  (JSON.parse(node.exec(['bridge', '-j', 'fdb', 'show', 'dev', 'x'])) as Record<string, string>[])
    .filter(({ mac }) => mac === '00:00:00:00:00:00')
    .map(({ dst = '' }) => dst)
    .sort()

const tunnel = (options: string): string => `
version: 1
veths: { u0: { addresses: [10.0.0.1/24], peer: { name: p0 } } }
bridges: { br0: {} }
vxlans: { x: { id: 7, bridge: br0, device: u0, ${options} } }
`

test('T17 endpoints are added and removed one by one, and the tunnel stays', async (t) => {
  await story(t, async (node, settle) => {
    await settle(tunnel('remotes: [10.0.0.2, 10.0.0.3]'))
    const { ifindex } = device(node, 'x')
    t.deepEqual(await settle(tunnel('remotes: [10.0.0.3, 10.0.0.4]')), [
      'delete fdb 00:00:00:00:00:00 to 10.0.0.2 on x',
      'create fdb 00:00:00:00:00:00 to 10.0.0.4 on x',
    ])
    t.is(device(node, 'x').ifindex, ifindex)
    t.deepEqual(flood(node), ['10.0.0.3', '10.0.0.4'])
  })
})

test('T18 a flood entry removed by hand is put back', async (t) => {
  await story(t, async (node, settle) => {
    for (const [options, to] of [
      ['group: 239.1.1.1', ['239.1.1.1', 'via', 'u0']],
      ['remotes: [10.0.0.2]', ['10.0.0.2']],
    ] as const) {
      await settle(tunnel(options))
      node.exec(['bridge', 'fdb', 'delete', '00:00:00:00:00:00', 'dev', 'x', 'dst', ...to, 'self'])
      t.deepEqual(flood(node), [])
      t.deepEqual(await settle(tunnel(options)), [`create fdb 00:00:00:00:00:00 to ${to[0]} on x`])
      t.deepEqual(flood(node), [to[0]])
    }
  })
})

test('T16 T22 a tunnel over IPv6 works, and one over IPv4 in its place', async (t) => {
  const node = nodeFor(t)
  const far = node.ns('far')
  const yaml = (self: number, other: number, v6: boolean): string => `
version: 1
owner: n${self}
interfaces: { eth0: { addresses: [172.18.0.${self}/24, 'fd18::${self}/64'] } }
vxlans: { x: { id: 7, device: eth0, remotes: [${v6 ? `'fd18::${other}'` : `172.18.0.${other}`}], addresses: [10.9.0.${self}/24] } }
`
  node.exec(['ip', 'netns', 'add', far])
  prepare(node, `link add name eth0 type veth peer name eth0 netns ${far}`)
  prepare(node, 'link set dev eth0 up')
  for (const v6 of [false, true, false]) {
    await node.apply(yaml(1, 2, v6))
    const options = v6 ? 'fd18::1' : '172.18.0.1'
    node.exec(
      [
        'sh',
        '-c',
        `
      ip link set dev eth0 up
      ip link delete dev x 2>/dev/null
      ip address replace 172.18.0.2/24 dev eth0
      ip address replace fd18::2/64 dev eth0 nodad
      ip link add name x type vxlan id 7 dstport 4789 dev eth0 remote ${options}
      ip address add 10.9.0.2/24 dev x
      ip link set dev x up`,
      ],
      far,
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    t.regex(
      node.exec(['sh', '-c', 'ping -c1 -W3 10.9.0.2 || true']),
      /1 received/,
      v6 ? 'IPv6' : 'IPv4',
    )
  }
})

test("T19 T21 a tunnel under a bridge is replaced with all that is on it, ours and others'", async (t) => {
  await story(t, async (node, settle) => {
    const full = (id: number, device: string): string => `
version: 1
veths: { u0: { peer: { name: p0 } }, u1: { peer: { name: p1 } } }
bridges: { br0: { addresses: [10.9.0.1/16] } }
vxlans:
  x:
    id: ${id}
    device: ${device}
    bridge: br0
    hairpin: true
    group: 239.1.1.1
    mac: '02:00:00:00:00:01'
    addresses: [10.8.0.1/24, 'fd08::1/64']
    fdb: [{ mac: '02:00:00:00:00:02', remote: 10.0.0.2 }]
    neighbors: [{ address: 10.8.0.2, mac: '02:00:00:00:00:02' }, { address: 'fd08::2', mac: '02:00:00:00:00:02' }]
    routes: [{ to: 10.88.0.0/16, via: 10.8.0.2 }, { to: 'fd88::/64', via: 'fd08::2' }]
sysctls: { net.ipv4.conf.x.rp_filter: 2 }
`
    await settle(full(7, 'u0'))
    prepare(
      node,
      `route add 10.77.0.0/16 via 10.8.0.77 proto bird
       route add fd77::/64 via fd08::77 metric 5 proto static
       route add 10.76.0.0/16 dev x metric 9
       neigh add 10.8.0.77 lladdr 02:00:00:00:00:77 dev x nud permanent
       neigh add proxy 10.8.0.78 dev x
       rule add priority 77 iif x table 77`,
    )
    const foreign = (): unknown[] => [
      show(node, 'route show 10.77.0.0/16'),
      show(node, 'route show 10.76.0.0/16'),
      show(node, '-6 route show fd77::/64'),
      show(node, 'neigh show 10.8.0.77'),
      show(node, 'neigh show proxy').filter(({ dst }) => dst === '10.8.0.78'),
    ]
    const before = foreign()
    await settle(full(8, 'u0'))
    t.deepEqual(foreign(), before)
    await settle(full(8, 'u1'))
    t.deepEqual(foreign(), before)
    node.ip('link set dev u0 mtu 1400')
    node.ip('rule delete priority 77')
  })
})

test('T23 two tunnels of one VNI and port are refused before the node is read', async (t) => {
  const node = nodeFor(t)
  await t.throwsAsync(node.plan('{ version: 1, vxlans: { a: { id: 1 }, b: { id: 1 } } }'), {
    message: /same id and port/,
  })
})

test('T24 a bridge over a tunnel follows the underlay only if it is declared', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (mtu: number): string => `
version: 1
veths: { u0: { mtu: ${mtu}, peer: { name: p0 } } }
bridges: { free: {}, pinned: { mtu: 1400 } }
vxlans:
  a: { id: 1, device: u0, mtu: auto, bridge: free, remotes: [10.0.0.2] }
  b: { id: 2, device: u0, mtu: auto, bridge: pinned, remotes: [10.0.0.2] }
`
    await settle(yaml(1500))
    t.deepEqual(
      ['a', 'b', 'free', 'pinned'].map((name) => device(node, name).mtu),
      [1450, 1450, 1450, 1400],
    )
    await settle(yaml(9000))
    t.deepEqual(
      ['a', 'b', 'free', 'pinned'].map((name) => device(node, name).mtu),
      [8950, 8950, 8950, 1400],
    )
  })
})

test('a tunnel over a bridge has the MTU of what the ports leave it, and so have the pods behind it', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, 'link add name eth0 type veth peer name far0')
    const yaml = (mtu: string): string => `
version: 1
namespaces: { ${node.ns('a')}: {} }
bridges: { br0: { addresses: [172.18.0.2/24] }, cni0: { mtu: like vx } }
interfaces: { eth0: { bridge: br0${mtu} } }
vxlans: { vx: { id: 1, device: br0, group: 239.1.1.1, mtu: auto } }
veths: { v: { bridge: cni0, mtu: like vx, peer: { name: eth0, namespace: ${node.ns('a')}, mtu: like vx } } }
`
    for (const [mtu, left] of [
      [', mtu: 1400', 1400],
      [', mtu: 1350', 1350],
      [', mtu: 9000', 9000],
      ['', 1500],
    ] as const) {
      await settle(yaml(mtu))
      const mtus = ['br0', 'vx', 'cni0'].map((name) => Number(device(node, name).mtu))
      t.deepEqual(mtus, [left, left - 50, left - 50], mtu)
      t.is(device(node, 'eth0', node.ns('a')).mtu, left - 50)
    }
  })
})
