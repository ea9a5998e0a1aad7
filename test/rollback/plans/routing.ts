import { destroy, network } from './passage.ts'
import type { Passage } from './passage.ts'

const six = `
bridges:
  br6: { addresses: ['fd06::1/64', 'fd06:1::1/48'], neighbors: [{ address: 'fd06::7', mac: '02:00:00:00:00:07' }, { address: 'fd06::8', proxy: true }] }
routes:
  - { to: 'fd66::/64', via: 'fd06::9', src: 'fd06::1', metric: 77 }
  - { to: 'fd67::/64', nexthops: [{ via: 'fd06::7' }, { via: 'fd06::8', weight: 3 }] }
  - { to: 'fd68::/64', type: unreachable, table: 66 }
  - { to: '::/0', via: 'fd06::99', mtu: 1400 }
rules: [{ priority: 66, from: 'fd66::/64', table: 66 }, { priority: 67, to: 'fd67::/64', type: prohibit }]
sysctls: { net.ipv6.conf.all.forwarding: 1, net.ipv6.conf.br6.accept_ra: 0 }
`

const routes = `
bridges: { br0: { addresses: [10.9.0.1/24, 10.9.0.2/24, 10.9.1.1/24] } }
routes:
  - { to: 10.90.0.0/16, via: 10.9.0.9, src: 10.9.0.2, advmss: 1300 }
  - { to: 10.91.0.0/16, nexthops: [{ via: 10.9.0.7 }, { via: 10.9.1.8, weight: 3, device: br0 }] }
  - { to: 10.92.0.0/16, type: prohibit, metric: 5 }
  - { to: 10.93.0.0/16, via: 192.0.2.1, device: br0, onlink: true, table: 93 }
  - { to: default, via: 10.9.0.99, metric: 500, mtu: 1400 }
`

export const routing: readonly Passage[] = [
  { name: 'IPv6, all of it', others: network, after: six },
  {
    name: 'IPv6, other',
    others: network,
    before: six,
    after: six
      .replaceAll('fd06::9', 'fd06::a')
      .replace('weight: 3', 'weight: 4')
      .replace('unreachable', 'blackhole')
      .replace(`, 'fd06:1::1/48'`, '')
      .replace(/, \{ address: 'fd06::8'.*?\}/, ''),
  },
  { name: 'IPv6, destroyed', others: network, before: six, after: destroy },
  { name: 'routes of every form', others: network, after: routes },
  {
    name: 'routes that change in place',
    others: network,
    before: routes,
    after: routes
      .replace('src: 10.9.0.2, ', '')
      .replace('weight: 3', 'weight: 2')
      .replace('prohibit', 'blackhole')
      .replace('10.9.0.99', '10.9.0.98')
      .replace('192.0.2.1', '192.0.2.2'),
  },
  {
    name: 'routes that go',
    others: network,
    before: routes,
    after: 'bridges: { br0: { addresses: [10.9.0.1/24] } }',
  },
  {
    name: 'addresses of another length, with routes of all',
    others: `${network}ip route add 10.61.0.0/16 via 172.18.0.61 src 172.18.0.5 proto static || true`,
    before: `interfaces: { eth0: { addresses: [172.18.0.5/24, 172.18.4.5/24, 'fd18:4::5/64'], routes: [{ to: 10.60.0.0/16, via: 172.18.4.60, src: 172.18.4.5 }, { to: 'fd60::/64', via: 'fd18:4::60' }] } }`,
    after: `interfaces: { eth0: { addresses: [172.18.0.5/25, 172.18.4.5/25, 'fd18:4::5/72'], routes: [{ to: 10.60.0.0/16, via: 172.18.4.60, src: 172.18.4.5 }, { to: 'fd60::/64', via: 'fd18:4::60' }] } }`,
  },
  {
    name: 'addresses in another order',
    before: `bridges: { br0: { addresses: [10.9.0.1/24, 10.9.0.2/24, 10.9.0.3/24] } }
routes: [{ to: 10.90.0.0/16, via: 10.9.0.9, src: 10.9.0.2 }, { to: 10.91.0.0/16, via: 10.9.0.9, src: 10.9.0.3 }]`,
    after: 'bridges: { br0: { addresses: [10.9.0.3/24, 10.9.0.2/24, 10.9.0.4/24] } }',
  },
  {
    name: 'rules',
    others: `${network}ip rule add priority 100 from 10.1.0.0/16 table 50
ip rule add priority 100 from 10.2.0.0/16 table 51`,
    before: `rules: [{ priority: 100, from: 10.3.0.0/16, table: 100 }, { priority: 101, fwmark: '0x10/0xff', table: 101, family: inet }, { priority: 102, iif: eth0, type: blackhole, family: inet6 }]`,
    after: `rules: [{ priority: 99, from: 10.3.0.0/16, table: 100 }, { priority: 101, fwmark: '0x11/0xff', table: 101, family: inet }, { priority: 103, dport: 80, ipProto: tcp, table: 7, family: inet }]`,
  },
  {
    name: 'neighbours, proxies and forwarding entries',
    others: network,
    before: `bridges: { br0: { addresses: [10.9.0.1/24, 'fd09::1/64'], neighbors: [{ address: 10.9.0.7, mac: '02:00:00:00:00:07' }, { address: 'fd09::7', mac: '02:00:00:00:00:07' }, { address: 10.9.0.8, proxy: true }] } }
interfaces: { eth0: {} }
vxlans: { vx0: { id: 7, device: eth0, group: 239.1.1.1, fdb: [{ mac: '02:00:00:00:00:01', remote: 172.18.0.9 }, { mac: '02:00:00:00:00:02', remote: 172.18.0.9, port: 4000, vni: 9 }] } }`,
    after: `bridges: { br0: { addresses: [10.9.0.1/24], neighbors: [{ address: 10.9.0.7, mac: '02:00:00:00:00:17' }, { address: 10.9.0.6, proxy: true }] } }
interfaces: { eth0: {} }
vxlans: { vx0: { id: 7, device: eth0, group: 239.1.1.2, fdb: [{ mac: '02:00:00:00:00:01', remote: 172.18.0.8 }] } }`,
  },
  {
    name: 'things of others on links of ours that are replaced',
    others: network,
    before: `bridges: { br0: { addresses: [10.9.0.1/24] } }
veths: { v0: { addresses: [10.7.0.1/24], peer: { name: w0 } } }`,
    meanwhile: `ip address add 10.7.1.1/24 brd + dev v0
ip address add fd07::1/64 dev v0 nodad
ip route add 10.71.0.0/16 via 10.7.1.9 proto bird
ip route add 10.72.0.0/16 via 10.7.0.9 metric 7 mtu 1400
ip -6 route add fd71::/64 via fd07::9
ip neighbour add 10.7.1.9 lladdr 02:00:00:00:00:09 dev v0 nud permanent
ip link set dev v0 alias uplink txqueuelen 500`,
    after: `bridges: { br0: { addresses: [10.9.0.1/24] } }
veths: { v0: { addresses: [10.7.0.1/24], peer: { name: w1 } } }`,
  },
  {
    name: 'parameters that set those of all devices',
    others: `${network}sysctl -qw net.ipv4.conf.cni0.forwarding=1 net.ipv6.conf.far0.disable_ipv6=1 net.ipv4.conf.eth0.rp_filter=2`,
    after: `bridges: { br0: { addresses: [10.9.0.1/24] } }
sysctls: { net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1, net.ipv4.conf.eth0.rp_filter: 1, net.ipv4.conf.br0.rp_filter: 2, net.ipv4.conf.all.rp_filter: 1 }`,
  },
  {
    name: 'parameters that go back',
    others: `${network}sysctl -qw net.ipv4.conf.cni0.forwarding=1`,
    before: `sysctls: { net.ipv4.ip_forward: 1, net.ipv4.conf.eth0.rp_filter: 1, net.ipv4.conf.eth0.forwarding: 0 }`,
    after: `sysctls: { net.ipv4.conf.eth0.rp_filter: 2 }\nbridges: { br0: {} }`,
  },
  {
    name: 'IPv6 that is turned off',
    others: `${network}ip -6 route add fd61::/64 via fd18::61 proto bird
ip neighbour add fd18::62 lladdr 02:00:00:00:00:62 dev eth0 nud permanent`,
    before: `interfaces: { eth0: { addresses: ['fd18::9/64'], routes: [{ to: 'fd60::/64', via: 'fd18::60' }] } }`,
    after: 'sysctls: { net.ipv6.conf.all.disable_ipv6: 1 }',
  },
  {
    name: 'two owners side by side',
    others: network,
    before: `owner: one
bridges: { br1: { addresses: [10.11.0.1/24] } }
interfaces: { eth0: { mtu: 1400, addresses: [172.18.0.11/24] } }
routes: [{ to: 10.111.0.0/16, via: 10.11.0.9 }]`,
    after: `owner: two
bridges: { br2: { addresses: [10.12.0.1/24] } }
interfaces: { eth0: { addresses: [172.18.0.12/24], routes: [{ to: 10.112.0.0/16, via: 172.18.0.99 }] } }
sysctls: { net.ipv4.ip_forward: 1 }`,
  },
]
