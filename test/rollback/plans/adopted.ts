import { network } from './passage.ts'
import type { Passage } from './passage.ts'

const bridge = `${network}
ip link add name br0 type bridge
ip link add name p0 type veth peer name p1
ip link set dev p0 master br0 up
ip link set dev br0 up
ip address add 10.0.0.1/24 dev br0
ip address add 10.0.0.2/24 brd 10.0.0.255 dev br0 label br0:x
ip address add fd00::1/64 dev br0 nodad
ip route add 10.1.0.0/16 via 10.0.0.9 proto static
`

export const adopted: readonly Passage[] = [
  {
    name: 'a bridge of others, with ports, addresses and routes',
    others: bridge,
    after: 'bridges: { br0: { adopt: true, addresses: [10.0.0.1/24], mtu: 1400 } }',
  },
  {
    name: 'a pair of others',
    others: `${network}ip link add name v type veth peer name w
ip address add 10.0.0.1/24 dev v
ip link set dev w up`,
    after: 'veths: { v: { adopt: true, addresses: [10.0.0.2/24], peer: { name: w } } }',
  },
  {
    name: 'a tunnel of others, replaced',
    others: `${network}ip link add name x type vxlan id 7 dstport 4789 remote 172.18.0.9 local 172.18.0.1
ip link set dev x up
bridge fdb append 02:00:00:00:00:01 dev x dst 172.18.0.9
ip address add 10.4.0.1/24 dev x
ip route add 10.44.0.0/16 via 10.4.0.9`,
    after: 'vxlans: { x: { id: 8, remotes: [172.18.0.8], adopt: true } }',
  },
  {
    name: 'routes, rules, neighbours and proxies of others',
    others: `${bridge}
ip -6 route add fd09::/64 dev br0 proto bird metric 9
ip -6 rule add priority 7 from fd00::/64 table 7
ip rule add priority 8 from 10.8.0.0/16 table 8 protocol static
ip neighbour add 10.0.0.9 lladdr 02:00:00:00:00:99 dev br0 nud permanent
ip neighbour add 10.0.0.8 lladdr 02:00:00:00:00:98 dev br0 nud permanent protocol static
ip neighbour add proxy 10.0.0.7 dev br0`,
    after: `
interfaces:
  br0: { neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09', adopt: true }, { address: 10.0.0.8, mac: '02:00:00:00:00:98', adopt: true }, { address: 10.0.0.7, proxy: true, adopt: true }] }
routes: [{ to: 10.1.0.0/16, via: 10.0.0.8, adopt: true }, { to: 'fd09::/64', device: br0, metric: 9, adopt: true }]
rules: [{ priority: 7, from: 'fd00::/64', table: 7, adopt: true }, { priority: 8, from: 10.8.0.0/16, table: 8, adopt: true }]`,
  },
  {
    name: 'addresses of others with details, on a device that goes down',
    others: `${network}
ip address add 172.18.5.2/24 brd 172.18.5.255 dev eth0 label eth0:b scope link
ip address add 172.18.9.1 peer 172.18.9.2/32 dev eth0
ip address add fd18::2/64 dev eth0 nodad noprefixroute
ip address add fd18::3/64 dev eth0 nodad preferred_lft 0
ip -6 address add fd18:9::1 peer fd18:9::2/128 dev eth0 nodad
ip -6 route add fd62::/64 via fd18::62 pref high
ip route add 10.62.0.0/16 via 172.18.0.62 initcwnd 20 mtu 1400
ip route add 10.63.0.0/16 dev eth0 scope global src 172.18.0.1`,
    after: 'interfaces: { eth0: { mtu: 1200, addresses: [172.18.0.3/24] } }',
  },
  {
    name: 'tunnels of others with what no file says, replaced',
    others: `${network}
ip link add name x type vxlan id 7 dstport 4789 remote 172.18.0.9 gbp proxy l3miss srcport 5000 6000 df set ttl inherit maxaddress 9
ip link add name y type vxlan external dstport 4790
ip link set dev y up
ip link add name z type vxlan id 9 dstport 4791 remote fd18::9 flowlabel 7 udp6zerocsumrx dev eth0`,
    after: `
vxlans:
  x: { id: 8, adopt: true }
  y: { id: 8, port: 4790, adopt: true }
  z: { id: 8, port: 4791, adopt: true }`,
  },
  {
    name: 'routes, rules and neighbours with what no file says',
    others: `${network}
ip route add 10.1.0.0/16 via 172.18.0.9 initcwnd 20 features ecn rtt 10ms realm 3/7
ip route add 10.1.0.0/16 via 172.18.0.8 tos 0x10
ip route append 10.1.0.0/16 via 172.18.0.7
ip nexthop add id 5 via 172.18.0.9 dev eth0
ip route add 10.2.0.0/16 nhid 5
ip -6 route add fd09::/64 from fd08::/64 via fd18::9 dev eth0
ip -6 route add fd09::/64 via fd18::9 dev eth0 hoplimit 7
ip rule add priority 7 from 10.7.0.0/16 table 7
ip rule add priority 7 from 10.7.0.0/16 table 7 protocol 186
ip rule add priority 8 from 10.7.0.0/16 table 7 protocol 186
ip rule add priority 8 from 10.7.0.0/16 table 7
ip neighbour add 172.18.0.80 lladdr 02:00:00:00:00:01 dev eth0 nud permanent extern_learn`,
    after: `
interfaces: { eth0: { neighbors: [{ address: 172.18.0.80, mac: '02:00:00:00:00:02', adopt: true }] } }
routes:
  - { to: 10.1.0.0/16, via: 172.18.0.9, mtu: 1400, adopt: true }
  - { to: 10.2.0.0/16, via: 172.18.0.9, adopt: true }
  - { to: 'fd09::/64', via: 'fd18::9', adopt: true }
rules:
  - { priority: 7, from: 10.7.0.0/16, table: 7, adopt: true }
  - { priority: 8, from: 10.7.0.0/16, table: 7, adopt: true }`,
  },
  {
    name: 'an adopted bridge that goes, with all that others have on it',
    others: `${bridge}
ip link add name p2 type veth peer name p3
ip link set dev p2 master br0 up
bridge link set dev p2 hairpin on
ip address add 10.0.3.1/24 brd + dev br0 noprefixroute
ip route add 10.3.0.0/16 dev br0 scope link src 10.0.0.1
ip neighbour add 10.0.0.9 lladdr 02:00:00:00:00:99 dev br0 nud permanent
bridge fdb add 02:00:00:00:00:f0 dev p2 master static`,
    before: 'bridges: { br0: { adopt: true } }',
    after: 'bridges: { br1: {} }',
  },
]
