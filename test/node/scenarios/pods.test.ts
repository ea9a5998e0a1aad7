import test from 'ava'
import type { TestNode } from '../harness.ts'
import { addressesOf, changesOf, device, nodeFor, prepare, settle, show, story } from '../story.ts'

/** A pod network: a bridge, two pods, addresses and default routes. */
const pods = (node: TestNode, more = ''): string => `
version: 1
namespaces: { ${node.ns('p1')}: {}, ${node.ns('p2')}: {} }
bridges: { br0: { addresses: [10.0.1.1/24, 'fd00:1::1/64'] } }
veths:
  v1: { bridge: br0, hairpin: true, peer: { name: eth0, namespace: ${node.ns('p1')}, addresses: [10.0.1.2/24, 'fd00:1::2/64'], routes: [{ to: default, via: 10.0.1.1 }, { to: '::/0', via: 'fd00:1::1' }] } }
  v2: { bridge: br0, hairpin: true, peer: { name: eth0, namespace: ${node.ns('p2')}, addresses: [10.0.1.3/24, 'fd00:1::3/64'], routes: [{ to: default, via: 10.0.1.1 }, { to: '::/0', via: 'fd00:1::1' }] } }
routes: [{ to: 10.0.2.0/24, via: 10.0.1.2 }]
${more}
`

const isUp = (node: TestNode, name: string): boolean =>
  (device(node, name).flags as string[]).includes('UP')

test('T1 T2 a pod network is made in the order that the kernel wants, and applied again not touched', async (t) => {
  await story(t, async (node, settle) => {
    t.is((await settle(pods(node))).length, 20)
    t.regex(node.exec(['ping', '-c1', '-W2', '10.0.1.3'], node.ns('p1')), /1 received/)
    const indexes = ['br0', 'v1', 'v2'].map((name) => Number(device(node, name).ifindex))
    t.deepEqual(await settle(pods(node)), [])
    t.deepEqual(
      indexes,
      ['br0', 'v1', 'v2'].map((name) => Number(device(node, name).ifindex)),
    )
  })
})

interface Drift {
  readonly title: string
  drift(node: TestNode): void
  /** What is planned, with the namespaces' prefix left out. */
  readonly changes: readonly string[]
}

const drifts: readonly Drift[] = [
  {
    title: 'T3 an address deleted in a namespace is one change',
    drift: (node) => node.ip('address delete 10.0.1.2/24 dev eth0', node.ns('p1')),
    changes: ['create address 10.0.1.2/24 on eth0 in p1', 'create route default in p1'],
  },
  {
    title: 'T3 a second address of a subnet is one change',
    drift: (node) => node.ip('address add 10.0.1.9/24 dev eth0', node.ns('p1')),
    changes: ['delete address 10.0.1.9/24 on eth0 in p1'],
  },
  {
    title: 'T4 a bridge deleted by hand comes back with its ports, and the veths stay',
    drift: (node) => node.ip('link delete dev br0'),
    changes: [
      'create link br0',
      'update link v1: bridge null -> "br0", hairpin undefined -> true',
      'update link v2: bridge null -> "br0", hairpin undefined -> true',
      'create address 10.0.1.1/24 on br0',
      'create address fd00:1::1/64 on br0',
      'create route 10.0.2.0/24',
    ],
  },
  {
    title: 'T5 a peer moved to another namespace is made anew in its own',
    drift: (node) => {
      node.ip('link set dev eth0 name moved', node.ns('p1'))
      node.ip(`link set dev moved netns ${node.ns('p2')}`, node.ns('p1'))
    },
    changes: [
      'replace link v1: peer "p2/moved" -> "p1/eth0"',
      'create link eth0 in p1',
      'delete link moved in p2',
      'create address 10.0.1.2/24 on eth0 in p1',
      'create address fd00:1::2/64 on eth0 in p1',
      'create route ::/0 in p1',
      'create route default in p1',
    ],
  },
  {
    title: 'T5 a peer moved out of sight is made anew',
    drift: (node) => {
      node.exec(['ip', 'netns', 'add', node.ns('elsewhere')])
      node.ip(`link set dev eth0 netns ${node.ns('elsewhere')}`, node.ns('p1'))
    },
    changes: [
      'replace link v1: peer "unknown" -> "p1/eth0"',
      'create link eth0 in p1',
      'create address 10.0.1.2/24 on eth0 in p1',
      'create address fd00:1::2/64 on eth0 in p1',
      'create route ::/0 in p1',
      'create route default in p1',
    ],
  },
  {
    title: 'T6 a namespace deleted by hand comes back with all that was in it',
    drift: (node) => {
      node.exec(['ip', 'netns', 'delete', node.ns('p1')])
      // The kernel takes the pair away a little later.
      for (let left = 100; left > 0 && node.ip('link show').includes('v1@'); left -= 1)
        node.exec(['sleep', '0.02'])
    },
    changes: [
      'create namespace p1',
      'create link v1',
      'create link eth0 in p1',
      'create link lo in p1',
      'create address 10.0.1.2/24 on eth0 in p1',
      'create address fd00:1::2/64 on eth0 in p1',
      'create route ::/0 in p1',
      'create route default in p1',
    ],
  },
  {
    title: 'T40 a link that was down and up gets back what it lost',
    drift: (node) => {
      prepare(node, 'link set dev eth0 down\nlink set dev eth0 up', node.ns('p1'))
    },
    changes: [
      'create address fd00:1::2/64 on eth0 in p1',
      'create route ::/0 in p1',
      'create route default in p1',
    ],
  },
  {
    title: 'T25 T28 a port taken out of the bridge goes back with its options',
    drift: (node) => node.ip('link set dev v1 nomaster'),
    changes: ['update link v1: bridge null -> "br0", hairpin undefined -> true'],
  },
]

for (const { title, drift, changes } of drifts) {
  test(title, async (t) => {
    await story(t, async (node, settle) => {
      await settle(pods(node))
      drift(node)
      const planned = await settle(pods(node))
      t.deepEqual(
        planned.map((line) => line.replaceAll(`${node.name}-`, '')),
        changes,
      )
      t.true(isUp(node, 'v1'))
      node.ip('neigh flush all')
      t.regex(node.exec(['ping', '-c1', '-W2', '10.0.1.3'], node.ns('p1')), /1 received/)
      if (title.includes('out of sight')) node.exec(['ip', 'netns', 'delete', node.ns('elsewhere')])
    })
  })
}

test('T9 three pods have an eth0 each, with one index', async (t) => {
  await story(t, async (node, settle) => {
    const names = ['a', 'b', 'c'].map((name) => node.ns(name))
    const yaml = (last: string): string => `
version: 1
namespaces: { ${names.map((name) => `${name}: {}`).join(', ')} }
veths:
${names.map((name, i) => `  v${i}: { peer: { name: eth0, namespace: ${name}, mtu: ${i === 2 ? last : '1500'} } }\n`).join('')}
`
    await settle(yaml('1500'))
    t.is(new Set(names.map((name) => Number(device(node, 'eth0', name).ifindex))).size, 1)
    t.deepEqual(await settle(yaml('1400')), [
      `update link eth0 in ${String(names[2])}: mtu 1500 -> 1400`,
    ])
  })
})

test('T10 another name is a deletion and a creation, and is shown so', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, pods(node))
  const renamed = pods(node).replace('  v1:', '  v9:')
  const shown = changesOf(await node.plan(renamed)).filter((line) => line.includes('link v'))
  t.deepEqual(shown, ['delete link v1', 'create link v9'])
})

test('T1 a bridge and its ports may live in a namespace, and a pair between two', async (t) => {
  await story(t, async (node, settle) => {
    const [r, a, b] = ['r', 'a', 'b'].map((name) => node.ns(name))
    const yaml = (mtu: number, peer: string): string => `
version: 1
namespaces: { ${r}: { sysctls: { net.ipv4.ip_forward: 1 } }, ${a}: {}, ${b}: {} }
bridges: { sw: { namespace: ${r}, mtu: ${mtu}, addresses: [10.0.0.1/24] } }
veths:
  pa: { namespace: ${r}, bridge: sw, fdb: [{ mac: '02:00:00:00:00:0a' }], peer: { name: ${peer}, namespace: ${a}, mac: '02:00:00:00:00:0a', addresses: [10.0.0.2/24] } }
  pb: { namespace: ${r}, bridge: sw, isolated: true, peer: { name: eth0, namespace: ${b}, addresses: [10.0.0.3/24] } }
  direct: { namespace: ${a}, addresses: [10.7.0.1/30], peer: { name: direct, namespace: ${b}, addresses: [10.7.0.2/30] } }
vxlans: { x: { namespace: ${r}, id: 3, device: pa, bridge: sw, remotes: [10.0.0.77] } }
`
    await settle(yaml(1500, 'eth0'))
    t.regex(node.exec(['ping', '-c1', '-W2', '10.0.0.3'], a), /1 received/)
    t.regex(node.exec(['ping', '-c1', '-W2', '10.7.0.2'], a), /1 received/)
    await settle(yaml(1400, 'eth0'))
    await settle(yaml(1400, 'eth1'))
    t.deepEqual(addressesOf(node, 'eth1', a), ['10.0.0.2/24'])
    t.is(show(node, 'link show type vxlan', r).length, 1)
  })
})
