import test from 'ava'
import { changesOf, device, nodeFor, prepare, problemsOf, settle, show } from '../story.ts'
import { snapshot } from '../snapshot.ts'

interface Adoption {
  readonly title: string
  /** Hand-made, a command a line. */
  readonly made: string
  /** The file, without and with `adopt: true` in place of "ADOPT". */
  readonly yaml: string
  readonly conflict: string
  readonly changes: readonly string[]
}

const bridge = 'bridges: { br0: { addresses: [10.0.0.1/24] } }'

const adoptions: readonly Adoption[] = [
  {
    title: 'a bridge with ports of others, which stay',
    made: `link add name br0 type bridge
      link add name eth0 type veth peer name eth1
      link set dev eth0 master br0 up
      link set dev br0 up
      address add 10.0.0.1/24 dev br0`,
    yaml: 'bridges: { br0: { addresses: [10.0.0.1/24], ADOPT } }',
    conflict: 'bridge br0 exists already and is not ours',
    changes: ['update link br0: adopted'],
  },
  {
    title: 'a pair, both ends of it',
    made: 'link add name v type veth peer name w',
    yaml: 'veths: { v: { ADOPT, peer: { name: w } } }',
    conflict: 'veth v exists already and is not ours\nveth w exists already and is not ours',
    changes: [
      'update link v: adopted, up false -> true',
      'update link w: adopted, up false -> true',
    ],
  },
  {
    title: 'a tunnel, whose flood list becomes the declared one',
    made: `link add name x type vxlan id 7 dstport 4789 remote 10.0.0.9
      link set dev x up`,
    yaml: 'vxlans: { x: { id: 7, remotes: [10.0.0.8], ADOPT } }',
    conflict: 'vxlan x exists already and is not ours',
    changes: [
      'replace link x: adopted, group "10.0.0.9" -> null',
      'create fdb 00:00:00:00:00:00 to 10.0.0.8 on x',
      'delete fdb 00:00:00:00:00:00 to 10.0.0.9 on x',
    ],
  },
  {
    title: 'a route, in place',
    made: 'route add 10.9.0.0/16 via 10.0.0.3 proto static',
    yaml: `${bridge}\nroutes: [{ to: 10.9.0.0/16, via: 10.0.0.2, ADOPT }]`,
    conflict: 'route 10.9.0.0/16 exists already and is not ours',
    changes: ['update route 10.9.0.0/16: adopted, via "10.0.0.3" -> "10.0.0.2"'],
  },
  {
    title: 'a route of IPv6',
    made: '-6 route add fd09::/64 dev br0 proto bird',
    yaml: `${bridge}\nroutes: [{ to: 'fd09::/64', device: br0, ADOPT }]`,
    conflict: 'route fd09::/64 exists already and is not ours',
    changes: ['update route fd09::/64: adopted'],
  },
  {
    title: 'a rule',
    made: '-6 rule add priority 7 from fd00::/64 table 7',
    yaml: "rules: [{ priority: 7, from: 'fd00::/64', table: 7, ADOPT }]",
    conflict: 'rule 7 inet6 from fd00::/64 table 7 exists already and is not ours',
    changes: ['update rule 7 inet6 from fd00::/64 table 7: adopted'],
  },
  {
    title: 'a neighbour',
    made: 'neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev br0 nud permanent',
    yaml: "bridges: { br0: { addresses: [10.0.0.1/24], neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09', ADOPT }] } }",
    conflict: 'neighbor 10.0.0.9 on br0 exists already and is not ours',
    changes: [
      'update neighbor 10.0.0.9 on br0: adopted, mac "02:00:00:00:00:99" -> "02:00:00:00:00:09"',
    ],
  },
  {
    title: 'a proxy',
    made: 'neigh add proxy 10.0.0.9 dev br0',
    yaml: 'bridges: { br0: { addresses: [10.0.0.1/24], neighbors: [{ address: 10.0.0.9, proxy: true, ADOPT }] } }',
    conflict: 'neighbor proxy 10.0.0.9 on br0 exists already and is not ours',
    changes: ['update neighbor proxy 10.0.0.9 on br0: adopted'],
  },
]

for (const { title, made, yaml, conflict, changes } of adoptions) {
  test(`T13 ${title}: a conflict, and taken over where the file says so`, async (t) => {
    const node = nodeFor(t)
    const file = (adopt: string): string =>
      `version: 1\n${yaml.replace(/,? ?ADOPT/, adopt === '' ? '' : yaml.includes('{ ADOPT') ? ` ${adopt}` : `, ${adopt}`).replace('{,', '{')}`
    if (yaml.startsWith(bridge.slice(0, 16)) && !made.includes('br0 type'))
      await settle(t, node, `version: 1\n${bridge}`)
    prepare(node, made)
    const before = snapshot(node.name)
    t.is(await problemsOf(node, file('')), conflict)
    t.deepEqual(snapshot(node.name), before)
    const { plan } = await settle(t, node, file('adopt: true'))
    t.deepEqual(changesOf(plan), changes)
    await settle(t, node, '{ version: 1 }')
  })
}

test('T13 a namespace, with what is in it', async (t) => {
  const node = nodeFor(t)
  const p = node.ns('p')
  node.exec(['ip', 'netns', 'add', p])
  prepare(node, 'link add name theirs type bridge', p)
  t.is(
    await problemsOf(node, `{ version: 1, namespaces: { ${p}: {} } }`),
    `namespace ${p} exists already and is not ours`,
  )
  await settle(t, node, `{ version: 1, namespaces: { ${p}: { adopt: true } } }`)
  t.is(device(node, 'theirs', p).ifname, 'theirs')
})

test('an address, a forwarding entry and a parameter that are there already need no adoption, and stay', async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name eth0 type veth peer name eth1
     link set dev eth0 up
     address add 10.3.0.1/24 dev eth0`,
  )
  node.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=1'])
  const before = snapshot(node.name)
  const yaml = `
version: 1
interfaces: { eth0: { addresses: [10.3.0.1/24] } }
sysctls: { net.ipv4.ip_forward: 1 }
`
  t.deepEqual(changesOf((await settle(t, node, yaml)).plan), [])
  await node.destroy(yaml)
  t.deepEqual(snapshot(node.name), before)
  t.is(show(node, 'link show').length, 3)
})
