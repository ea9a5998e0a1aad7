import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { createNode, failureOf } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { changesOf, device, nodeFor, settle } from '../node/story.ts'
import { openAgents } from './agents.ts'
import { counts, peers, periodOf } from './results.ts'
import { backends } from './shared.ts'

/** One service with the four pods, as both nodes have it. */
const service = `
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.0.0.0/16] }
services:
  web:
    clusterIPs: [10.96.0.10]
    ports: [{ port: 80, targetPort: 8080 }]
    endpoints: [10.0.1.2, 10.0.1.3, 10.0.2.2, 10.0.2.3]
`

const podOf = (node: TestNode, own: number, pod: string, host: number): string => `
  ${pod}:
    bridge: br0
    mtu: 1450
    peer: { name: eth0, namespace: ${node.ns(pod)}, mtu: 1450, addresses: [10.0.${own}.${host}/16],
            routes: [{ to: default, via: 10.0.${own}.1 }] }`

/** A node whose pods are in one network of layer 2 with those of the other. */
const fileOf = (node: TestNode, own: number, pods: readonly string[]): string => `
namespaces: { ${pods.map((pod) => `${node.ns(pod)}: {}`).join(', ')} }
interfaces: { eth0: {} }
bridges: { br0: { addresses: [10.0.${own}.1/16], mtu: 1450 } }
vxlans: { vxlan10: { id: 10, group: 239.1.1.1, device: eth0, mtu: auto, bridge: br0 } }
veths:${pods.map((pod, index) => podOf(node, own, pod, index + 2)).join('')}
${service}`

/** Both ends of a wire, as the nodes of examples have them. */
const wire = (one: TestNode, two: TestNode): void => {
  one.ip(`link add eth0 type veth peer name eth0 netns ${two.name}`)
  for (const [node, address] of [
    [one, '172.18.0.2'],
    [two, '172.18.0.3'],
  ] as const) {
    node.ip(`address add ${address}/16 dev eth0`)
    node.ip('link set dev eth0 up')
  }
}

for (const backend of backends)
  test(`40 ${backend}: one ClusterIP over two nodes and a multicast VXLAN, in turn`, async (t) => {
    const agents = openAgents()
    const [one, two] = [createNode(), createNode()]
    t.teardown(async () => {
      await agents.stop()
      for (const node of [one, two]) node.remove()
    })
    wire(one, two)
    const sites = [
      {
        node: one,
        file: fileOf(one, 1, ['pod1', 'pod2']),
        address: '172.18.0.2',
        pods: ['pod1', 'pod2'],
      },
      {
        node: two,
        file: fileOf(two, 2, ['pod3', 'pod4']),
        address: '172.18.0.3',
        pods: ['pod3', 'pod4'],
      },
    ]
    for (const { node, file } of sites)
      t.is(failureOf(await node.apply(file, { iptables: backend })), undefined)
    const listeners = [{ protocol: 'tcp', port: 8080 } as const]
    for (const { node, pods } of sites)
      for (const name of pods) await agents.call(node.ns(name), { do: 'serve', name, listeners })

    const target = { address: '10.96.0.10', port: 80, protocol: 'tcp', timeout: 2000 } as const
    for (const { node, pods } of sites)
      for (const netns of [node.name, ...pods.map(node.ns)]) {
        const results = await agents.call(netns, { do: 'connect', target, count: 8, parallel: 1 })
        t.deepEqual(counts(results), { pod1: 2, pod2: 2, pod3: 2, pod4: 2 }, netns)
        t.is(periodOf(results), 4)
      }
    // Pods of the other node see who asks, not the node.
    const seen = await agents.call(one.ns('pod1'), { do: 'connect', target, count: 4, parallel: 1 })
    t.deepEqual(peers(seen.filter(({ server }) => server !== 'pod1')), ['10.0.1.2'])
  })

/** A node whose pods have a network of their own, reached by a tunnel of layer 3, as flannel has it. */
const routed = (node: TestNode, own: number, other: number): string => `
namespaces: { ${node.ns('pod')}: {} }
interfaces: { eth0: {} }
sysctls: { net.ipv4.ip_forward: 1 }
bridges: { br0: { addresses: [10.244.${own}.1/24] } }
veths:
  v: { bridge: br0, peer: { name: eth0, namespace: ${node.ns('pod')}, addresses: [10.244.${own}.2/24],
       routes: [{ to: default, via: 10.244.${own}.1 }] } }
vxlans:
  vx1:
    id: 1
    port: 8472
    device: eth0
    local: 172.18.0.${own + 1}
    learning: false
    mac: 02:00:00:00:00:0${own}
    addresses: [10.244.${own}.0/32]
    fdb: [{ mac: 02:00:00:00:00:0${other}, remote: 172.18.0.${other + 1} }]
    neighbors: [{ address: 10.244.${other}.0, mac: 02:00:00:00:00:0${other} }]
    routes: [{ to: 10.244.${other}.0/24, via: 10.244.${other}.0, onlink: true }]
`

test('42 a tunnel of layer 3 that was deleted comes back with all that it takes', async (t) => {
  const [one, two] = [nodeFor(t), nodeFor(t)]
  wire(one, two)
  const yaml = routed(one, 1, 2)
  await settle(t, one, yaml)
  await settle(t, two, routed(two, 2, 1))
  const ping = () => one.exec(['ping', '-nqc1', '-W2', '10.244.2.2'], one.ns('pod'))
  t.notThrows(ping)
  const { address } = device(one, 'vx1')
  one.ip('link delete dev vx1')
  t.throws(ping)
  const done = await settle(t, one, yaml)
  t.deepEqual(changesOf(done.plan), [
    'create link vx1',
    'create address 10.244.1.0/32 on vx1',
    'create neighbor 10.244.2.0 on vx1',
    'create fdb 02:00:00:00:00:02 to 172.18.0.3 on vx1',
    'create route 10.244.2.0/24',
  ])
  t.notThrows(ping)
  t.is(device(one, 'vx1').address, address)
})

test('39 a pod may be the namespace of a process, and is plumbed anew in the next', async (t) => {
  const node = nodeFor(t)
  const start = async (): Promise<number> => {
    const child = spawn('unshare', ['--net', 'sh', '-c', 'echo up; exec sleep 60'])
    t.teardown(() => child.kill())
    await once(child.stdout, 'data')
    return child.pid!
  }
  const yaml = (pid: number): string => `
namespaces: { pod: { path: /proc/${pid}/ns/net } }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths: { v: { bridge: br0, peer: { name: eth0, namespace: pod, addresses: [10.9.0.2/24] } } }
`
  const ping = () => node.exec(['ping', '-nqc1', '-W2', '10.9.0.2'])
  const first = await start()
  await settle(t, node, yaml(first))
  t.notThrows(ping)
  process.kill(first)
  // The kernel takes the namespace down when it gets to it.
  for (let tries = 0; tries < 100 && node.exec(['ip', 'link']).includes(' v@'); tries++)
    await sleep(50)
  t.throws(ping)
  const second = await start()
  await settle(t, node, yaml(second))
  t.notThrows(ping)
})
