import { destroy, network } from './passage.ts'
import type { Passage } from './passage.ts'

const everything = `
namespaces:
  P-a: { sysctls: { net.ipv4.ip_forward: 1, net.ipv4.conf.ca.rp_filter: 2, net.ipv6.conf.all.forwarding: 1 }, routes: [{ to: 10.99.0.0/16, type: blackhole }], rules: [{ priority: 9, from: 10.9.0.0/24, table: 9 }, { priority: 10, from: 'fd09::/64', table: 9 }] }
  P-b: {}
bridges: { br0: { addresses: [10.9.0.1/24, 'fd09::1/64'] }, brn: { namespace: P-a, addresses: [10.10.0.1/24] } }
veths:
  va: { bridge: br0, peer: { name: ca, namespace: P-a, mac: '02:00:00:00:00:ca', addresses: [10.9.0.2/24, 10.9.0.22/24, 'fd09::2/64'], routes: [{ to: default, via: 10.9.0.1 }, { to: '::/0', via: 'fd09::1' }], neighbors: [{ address: 10.9.0.77, mac: '02:00:00:00:00:77' }, { address: 10.9.0.78, proxy: true }] } }
  vab: { namespace: P-a, bridge: brn, peer: { name: cba, namespace: P-b, addresses: [10.10.0.2/24] } }
vxlans: { vx0: { namespace: P-a, id: 5, local: 10.9.0.2, remotes: [10.9.0.1], bridge: brn, fdb: [{ mac: '02:00:00:00:00:01', remote: 10.9.0.1 }] } }
`

const theirs = `${network}
ip netns add P-x
ip -n P-x link set dev lo up
ip -n P-x link add name theirs type bridge
ip -n P-x link set dev theirs up alias "somebody's"
ip -n P-x address add 10.5.0.1/24 dev theirs label theirs:1
ip -n P-x address add 10.5.1.1/32 dev lo
ip -n P-x route add 10.55.0.0/16 via 10.5.0.9 proto bird
ip -n P-x rule add priority 55 from 10.55.0.0/16 table 55
ip netns exec P-x sysctl -qw net.ipv4.ip_forward=1
`

export const namespaces: readonly Passage[] = [
  { name: 'namespaces that are made, with everything', others: network, after: everything },
  {
    name: 'namespaces that go, with everything',
    others: network,
    before: everything,
    after: 'bridges: { br0: { addresses: [10.9.0.1/24] } }',
  },
  { name: 'namespaces, destroyed', others: network, before: everything, after: destroy },
  {
    name: 'a namespace of others that is adopted',
    others: theirs,
    after: `namespaces: { P-x: { adopt: true, sysctls: { net.ipv4.ip_forward: 0 } } }
veths: { vx: { peer: { name: cx, namespace: P-x, addresses: [10.6.0.2/24] } } }`,
  },
  {
    name: 'a namespace that was adopted, and goes with what is of others',
    // Parameters that nobody declared are not read, and so not given back.
    others: theirs.replace(/^.* sysctl -qw net\.ipv4\.ip_forward=1$/m, ''),
    before: `namespaces: { P-x: { adopt: true } }
veths: { vx: { peer: { name: cx, namespace: P-x, addresses: [10.6.0.2/24] } } }`,
    after: 'bridges: { br0: {} }',
  },
  {
    name: 'a namespace that is given by its file',
    others: theirs,
    after: `namespaces: { other: { path: /run/netns/P-x, sysctls: { net.ipv4.ip_forward: 0 }, routes: [{ to: 10.56.0.0/16, via: 10.5.0.8 }] } }
veths: { vx: { peer: { name: cx, namespace: other, addresses: [10.6.0.2/24] } } }`,
  },
  {
    name: 'a pair between two namespaces that moves',
    before: `namespaces: { P-a: {}, P-b: {}, P-c: {} }
veths: { v: { namespace: P-a, addresses: [10.7.0.1/24], peer: { name: w, namespace: P-b, addresses: [10.7.0.2/24] } } }`,
    after: `namespaces: { P-a: {}, P-b: {}, P-c: {} }
veths: { v: { namespace: P-a, addresses: [10.7.0.1/24], peer: { name: w, namespace: P-c, addresses: [10.7.0.2/24] } } }`,
  },
]
