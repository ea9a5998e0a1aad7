import { destroy, network } from './passage.ts'
import type { Passage } from './passage.ts'

const first = `
namespaces: { P-a: {}, P-b: { sysctls: { net.ipv4.ip_forward: 1 } } }
interfaces: { eth0: { mtu: 1400, addresses: [172.18.0.1/24, 172.18.0.7/24] } }
bridges: { br0: { addresses: [10.9.0.1/24, 'fd09::1/64'], mtu: 1400 } }
veths:
  va: { bridge: br0, peer: { name: ca, namespace: P-a, addresses: [10.9.0.2/24, 'fd09::2/64'], routes: [{ to: default, via: 10.9.0.1 }] } }
  vb: { bridge: br0, peer: { name: cb, namespace: P-b, addresses: [10.9.0.3/24] } }
vxlans: { vx0: { id: 7, remotes: [172.18.0.9], local: 172.18.0.1, bridge: br0 } }
routes: [{ to: 10.77.0.0/16, via: 10.9.0.2 }]
sysctls: { net.ipv4.ip_forward: 1 }
`

const second = `
namespaces: { P-a: {}, P-c: {} }
interfaces: { eth0: { mtu: 1500, addresses: [172.18.0.1/24] } }
bridges: { br0: { addresses: [10.9.1.1/24], mtu: 1300 }, br1: {} }
veths:
  va: { bridge: br1, peer: { name: ca, namespace: P-a, addresses: [10.9.1.2/24], routes: [{ to: default, via: 10.9.1.1 }] } }
  vc: { bridge: br0, peer: { name: cb, namespace: P-c, addresses: [10.9.1.3/24] } }
vxlans: { vx0: { id: 8, remotes: [172.18.0.10], local: 172.18.0.1, bridge: br0 } }
routes: [{ to: 10.78.0.0/16, via: 10.9.1.2 }]
`

const tunnel = `
bridges: { br0: { addresses: [10.9.0.1/24] } }
vxlans:
  vx0:
    { id: 7, remotes: [172.18.0.9, 172.18.0.10], local: 172.18.0.1, bridge: br0, learning: false, hairpin: true,
      addresses: [10.8.0.1/24, 'fd08::1/64'], routes: [{ to: 10.80.0.0/16, via: 10.8.0.9 }, { to: 'fd80::/64', via: 'fd08::9' }],
      fdb: [{ mac: '02:00:00:00:00:01', remote: 172.18.0.9 }], neighbors: [{ address: 10.8.0.9, mac: '02:00:00:00:00:01' }] }
`

const ports = `
bridges: { br0: { mac: '02:00:00:00:b0:00', promiscuous: true }, br1: {} }
veths:
  v0: { bridge: br0, hairpin: true, pathCost: 7, fdb: [{ mac: '02:00:00:00:00:07' }], peer: { name: w0 } }
  v1: { bridge: br0, isolated: true, mtu: 1400, peer: { name: w1, mtu: 1400 } }
`

export const links: readonly Passage[] = [
  { name: 'a new node', others: network, after: first },
  { name: 'a node that changes', others: network, before: first, after: second },
  { name: 'destroy of a node', others: network, before: first, after: destroy },
  {
    name: 'a tunnel of another number, with all that is on it',
    others: network,
    before: tunnel,
    after: tunnel.replace('id: 7', 'id: 8'),
  },
  {
    name: 'a tunnel of other options and remotes',
    others: network,
    before: tunnel,
    after: tunnel.replace('172.18.0.10]', '172.18.0.11]').replace('false', 'true, ttl: 9, tos: 4'),
  },
  {
    name: 'a tunnel that others use, replaced',
    others: network,
    before: tunnel,
    meanwhile: `ip address add 10.88.0.1/24 brd + dev vx0
ip route add 10.89.0.0/16 via 10.88.0.9 proto bird
ip rule add priority 44 iif vx0 table 44
ip neighbour add 10.88.0.9 lladdr 02:00:00:00:00:09 dev vx0 nud permanent
`,
    after: tunnel.replace('id: 7', 'id: 9'),
  },
  {
    name: 'a bridge that goes, with devices of others on top of it',
    others: network,
    before: 'bridges: { br0: { addresses: [10.9.0.1/24] } }',
    meanwhile: `ip link add name vxt type vxlan id 77 dev br0 group 239.7.7.7 dstport 4789
ip link set dev vxt up
ip address add 10.97.0.1/24 dev vxt`,
    after: 'bridges: { br1: { addresses: [10.9.0.1/24] } }',
  },
  {
    name: 'a pair that gets another peer',
    others: network,
    before: `
namespaces: { P-a: {}, P-b: {} }
veths: { v0: { addresses: [10.7.0.1/24], routes: [{ to: 10.70.0.0/16, via: 10.7.0.2 }], peer: { name: w0, namespace: P-a, addresses: [10.7.0.2/24, 'fd07::2/64'], routes: [{ to: '::/0', via: 'fd07::1' }] } } }`,
    after: `
namespaces: { P-a: {}, P-b: {} }
veths: { v0: { addresses: [10.7.0.1/24], peer: { name: w1, namespace: P-b, addresses: [10.7.0.2/24] } } }`,
  },
  {
    name: 'ports that move between bridges',
    before: ports,
    after: ports.replaceAll('bridge: br0,', 'bridge: br1,').replace('pathCost: 7', 'pathCost: 8'),
  },
  {
    name: 'a bridge that goes, with ports of others and ours',
    others: network,
    before: ports,
    after: `veths: { v0: { peer: { name: w0 } }, v1: { bridge: br1, peer: { name: w1 } } }\nbridges: { br1: {} }`,
  },
  {
    name: 'options of a bridge',
    before: `bridges: { br0: { stp: true, forwardDelay: 4, ageingTime: 30, mtu: 1400, mac: '02:00:00:00:00:b0' } }`,
    after: `bridges: { br0: { stp: false, forwardDelay: 0, helloTime: 1, ageingTime: 60.5, priority: 4096, mtu: 1450, multicastSnooping: false, mac: '02:00:00:00:00:b1' } }`,
  },
  {
    name: 'a bridge of another MTU, with ports and routes',
    before: `bridges: { br0: { mtu: 1400, addresses: ['fd09::1/64'], routes: [{ to: 'fd90::/64', via: 'fd09::2', mtu: 1350 }] } }
veths: { v0: { bridge: br0, mtu: 1400, peer: { name: w0, mtu: 1400 } } }`,
    after: `bridges: { br0: { mtu: 1300, addresses: ['fd09::1/64'] } }
veths: { v0: { bridge: br0, mtu: 1300, peer: { name: w0, mtu: 1300 } } }`,
  },
  {
    name: 'what follows the MTU of a device that gets another',
    others: network,
    before: `interfaces: { eth0: { mtu: 1400 } }
bridges: { br0: { mtu: like x0 } }
veths: { v0: { bridge: br0, mtu: like x0, peer: { name: w0, mtu: like x0 } } }
vxlans: { x0: { id: 7, local: 172.18.0.1, remotes: [172.18.0.2], bridge: br0, mtu: auto } }`,
    after: `interfaces: { eth0: {} }
bridges: { br0: { mtu: like eth0 } }
veths: { v0: { mtu: like br0, peer: { name: w0, mtu: like 172.18.0.1 } }, v1: { bridge: br0, mtu: like x0, peer: { name: w1 } } }
vxlans: { x0: { id: 7, local: 172.18.0.1, remotes: [172.18.0.2], mtu: auto } }`,
  },
  {
    name: 'devices that get other values, and give them back',
    others: `${network}ip link set dev eth0 address 02:00:00:00:00:e0 mtu 1480`,
    before: `interfaces: { eth0: { mtu: 1400, mac: '02:00:00:00:00:e1', addresses: [172.18.0.9/24] } }`,
    after: `interfaces: { eth0: { mtu: 1450, addresses: ['fd18::9/64'], routes: [{ to: 10.60.0.0/16, via: 172.18.0.60 }] } }`,
  },
  {
    name: 'a device that leaves the file',
    others: `${network}ip link set dev eth0 address 02:00:00:00:00:e0 mtu 1480`,
    before: `interfaces: { eth0: { mtu: 1400, mac: '02:00:00:00:00:e1', addresses: [172.18.0.9/24], neighbors: [{ address: 172.18.0.66, mac: '02:00:00:00:00:66' }] } }`,
    after: 'bridges: { br0: {} }',
  },
  {
    name: 'a device that becomes a port',
    others: network,
    before: 'interfaces: { eth0: { addresses: [172.18.0.9/24] } }',
    after: `bridges: { br0: { addresses: [10.9.0.1/24] } }
interfaces: { eth0: { bridge: br0, hairpin: true, pathCost: 9, mtu: 1400 } }`,
  },
  {
    name: 'a link that goes down, with routes of all',
    others: `${network}ip route add 10.61.0.0/16 via 172.18.0.61 src 172.18.0.1 proto static
ip -6 route add fd61::/64 via fd18::61 metric 7
ip neighbour add 172.18.0.62 lladdr 02:00:00:00:00:62 dev eth0 nud permanent
ip neighbour add proxy 172.18.0.63 dev eth0`,
    before: `interfaces: { eth0: { addresses: ['fd18::9/64'], routes: [{ to: 10.60.0.0/16, via: 172.18.0.60 }, { to: 'fd60::/64', via: 'fd18::60' }] } }`,
    after: 'interfaces: { eth0: { up: false } }',
  },
  {
    name: 'a link that comes up',
    others: `${network}ip link set dev far0 down`,
    before: 'interfaces: { far0: { up: false } }',
    after: `interfaces: { far0: { up: true, addresses: ['fd19::1/64', 172.19.0.1/24], routes: [{ to: 'fd69::/64', via: 'fd19::9' }] } }`,
  },
  {
    name: 'an MTU too small for IPv6',
    others: `${network}ip -6 route add fd61::/64 via fd18::61 proto bird
ip address add fd18::77/64 dev eth0 nodad`,
    before: `interfaces: { eth0: { addresses: ['fd18::9/64'], routes: [{ to: 'fd60::/64', via: 'fd18::60' }] } }`,
    after: 'interfaces: { eth0: { mtu: 1200 } }',
  },
]
