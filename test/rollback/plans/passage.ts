import type { Backend } from '../../../src/iptables/restore.ts'

/** From one configuration of a node to another. "P" stands for the node's name, in all its texts. */
export interface Passage {
  readonly name: string
  /** What others have on the node: a shell script. */
  readonly others?: string
  /** The file that was applied before; undefined: none was. */
  readonly before?: string
  /** What others did since: a shell script. */
  readonly meanwhile?: string
  /** The file to apply, or that the earlier one is destroyed. */
  readonly after: string
  /** The iptables that it asks for. */
  readonly iptables?: Backend
  /** The one that it asked for before; default: the same. */
  readonly iptablesBefore?: Backend
  /** Rules are a part of it. */
  readonly firewall?: true
}

export const destroy = 'destroy'

/** IPv6 addresses that serve at once, and a network of others, which has every kind of object. */
export const network = `
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
ip link add name eth0 type veth peer name far0
ip link set dev eth0 up
ip link set dev far0 up
ip address add 172.18.0.1/24 dev eth0
ip address add fd18::1/64 dev eth0 nodad
ip link add name cni0 type bridge
ip link set dev cni0 up
ip address add 10.244.0.1/24 dev cni0
ip route add 10.245.0.0/24 via 10.244.0.9 proto bird
ip route add blackhole 10.246.0.0/24 table 100 proto static
ip rule add priority 1500 from 10.244.0.0/24 table 77
ip neighbour add 10.244.0.7 lladdr 02:00:00:00:0f:07 dev cni0 nud permanent
`
