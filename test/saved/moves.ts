import type { TestNode } from '../node/harness.ts'

/** What happens between plan and apply. */
export interface MoveCase {
  readonly title: string
  /** What is told of it: of a stale plan as an error, else as a note; undefined: nothing. */
  readonly told: RegExp | undefined
  do(node: TestNode, pod: string): void
}

/** Lines of `ip`, in the node. */
const lines =
  (...all: readonly string[]): MoveCase['do'] =>
  (node) => {
    node.ip(all.join('\n'))
  }

const sysctl =
  (assignment: string): MoveCase['do'] =>
  (node) => {
    node.exec(['sysctl', '-qw', assignment])
  }

const iptables =
  (line: string): MoveCase['do'] =>
  (node) => {
    node.exec(['iptables', ...line.split(' ')])
  }

/** In the namespace of the pod. */
const inside =
  (line: string): MoveCase['do'] =>
  (node, pod) => {
    node.ip(line, pod)
  }

/** The kernel takes it down when it gets to it: until then its pairs are there. */
const deleteNamespace: MoveCase['do'] = (node, pod) => {
  node.exec(['ip', 'netns', 'delete', pod])
  for (let tries = 0; tries < 100 && node.ip('link').includes(' veth1@'); tries++)
    node.exec(['sleep', '0.05'])
}

const of = (title: string, told: RegExp | undefined, act: MoveCase['do']): MoveCase => ({
  title,
  told,
  do: act,
})

const another = 'was made anew, or changed in what is not shown'

/**
 * What the plan of `stale.test.ts` touches, or depends on: moves that leave each other alone happen at once, for each
 * is told of by itself, and a node takes longer than they.
 */
export const touching: readonly (readonly MoveCase[])[] = [
  [
    of(
      'the MTU that it changes',
      /^bridge br0: was mtu 1500, is mtu 1300$/m,
      lines('link set dev br0 mtu 1300'),
    ),
    of(
      'a new address is there already',
      /^address 10\.9\.1\.1\/24 on br0: was not there, is there$/m,
      lines('address add 10.9.1.1/24 dev br0'),
    ),
    of(
      'a route leads elsewhere',
      /^route 10\.8\.0\.0\/16: was via 10\.9\.0\.9, is via 10\.9\.0\.7$/m,
      lines('route replace 10.8.0.0/16 via 10.9.0.7 proto 111'),
    ),
    of(
      'what is to go is changed',
      /^bridge br1: was mtu 1500, is mtu 1300$/m,
      lines('link set dev br1 mtu 1300'),
    ),
    of(
      'an address on what goes',
      /^address 10\.21\.0\.1\/24 on br1: was not there/m,
      lines('address add 10.21.0.1/24 dev br1'),
    ),
    of(
      'a route by what goes',
      /^route 10\.30\.0\.0\/16: was not there, is there$/m,
      lines('route add 10.30.0.0/16 dev br1'),
    ),
    of(
      'a new link is there already',
      /^bridge br7: was not there, is there$/m,
      lines('link add name br7 type bridge'),
    ),
    of(
      'a new rule is there already',
      /^rule 700 from 10\.9\.0\.0\/24 table 100: was not there/m,
      lines('rule add priority 700 from 10.9.0.0/24 table 100'),
    ),
    of(
      'a new neighbour is there, with another MAC',
      /^neighbor 10\.9\.0\.50 on br0: was not there/m,
      lines('neigh add 10.9.0.50 lladdr 02:00:00:00:00:09 dev br0 nud permanent'),
    ),
    of(
      'a kernel parameter has its value already',
      /^sysctl net\.ipv4\.tcp_ecn: was value 2, is value 1$/m,
      sysctl('net.ipv4.tcp_ecn=1'),
    ),
    of(
      'a rule is added to our chain',
      /^chain NP111-MASQUERADE in nat: was rules/m,
      iptables('-t nat -A NP111-MASQUERADE -s 10.77.0.0/16 -j ACCEPT'),
    ),
  ],
  [
    of(
      'it is done in part',
      /^bridge br0: was mtu 1500, is mtu 1400$/m,
      lines('link set dev br0 mtu 1400'),
    ),
    of(
      'its subnet is taken',
      /^address 10\.9\.1\.77\/24 on fx: was not there/m,
      lines('address add 10.9.1.77/24 dev fx'),
    ),
    of(
      'a route is gone',
      /^route 10\.8\.0\.0\/16: was there, is gone$/m,
      lines('route delete 10.8.0.0/16'),
    ),
    of(
      'a port of what goes',
      /^veth port0: was not there, is there$/m,
      lines('link add name port0 type veth peer name port1', 'link set dev port0 master br1'),
    ),
    of(
      'the name of a new link is taken by another',
      /^bridge veth2: was not there, is there$/m,
      lines('link add name veth2 type bridge'),
    ),
    of(
      'the name of its other end is taken',
      /^bridge eth2 in \S+: was not there, is there$/m,
      inside('link add name eth2 type bridge'),
    ),
    of(
      'the device whose MTU is followed',
      /up0: was mtu 1500, is mtu 1460$/m,
      lines('link set dev up0 mtu 1460'),
    ),
    of(
      'the number of a tunnel is taken',
      /^vxlan other0: was not there, is there$/m,
      lines('link add name other0 type vxlan id 77 dstport 4789 local 192.0.2.1'),
    ),
    of(
      'a kernel parameter has another value',
      /^sysctl net\.ipv4\.tcp_ecn: was value 2, is value 0$/m,
      sysctl('net.ipv4.tcp_ecn=0'),
    ),
    of(
      'our chain is emptied',
      /^chain NP111-MASQUERADE in nat: was rules/m,
      iptables('-t nat -F NP111-MASQUERADE'),
    ),
  ],
  [
    of(
      'a link goes down',
      /^bridge br0: was up true, is up false$/m,
      lines('link set dev br0 down'),
    ),
  ],
  [of('a link is gone', /^bridge br0: was there, is gone$/m, lines('link delete dev br0'))],
  [
    of(
      'a link is remade under its name',
      /^bridge br0: was mac \S+, is mac \S+$/m,
      lines('link delete dev br0', 'link add name br0 type bridge', 'link set dev br0 up'),
    ),
  ],
  [
    of(
      'a link is not ours any more',
      /^bridge br0: was ours, is not ours$/m,
      lines('link set dev br0 group default'),
    ),
  ],
  [
    of(
      'the address below a route is gone',
      /^address 10\.9\.0\.1\/24 on br0: was there, is gone$/m,
      lines('address delete 10.9.0.1/24 dev br0'),
    ),
  ],
  [
    of(
      'a route is not ours any more',
      /^route 10\.8\.0\.0\/16: was ours, is not ours$/m,
      lines('route delete 10.8.0.0/16', 'route add 10.8.0.0/16 via 10.9.0.9 proto static'),
    ),
  ],
  [of('what is to go is gone', /^bridge br1: was there, is gone$/m, lines('link delete dev br1'))],
  [of('a namespace is gone', /^namespace \S+: was there, is gone$/m, deleteNamespace)],
  [
    of('a namespace is remade under its name', /^namespace \S+: was /m, (node, pod) => {
      deleteNamespace(node, pod)
      node.exec(['ip', 'netns', 'add', pod])
    }),
  ],
  [
    of(
      'the device below a tunnel is gone',
      /up0: was there, is gone$/m,
      lines('link delete dev up0'),
    ),
  ],
]

/** What is nothing to that plan, as above. */
export const apart: readonly (readonly MoveCase[])[] = [
  [
    of(
      'a new link of others',
      /bridge new0: was not there, is there/,
      lines('link add name new0 type bridge'),
    ),
    of(
      'the MTU of a link of others',
      /bridge fx: was mtu 1500, is mtu 1300/,
      lines('link set dev fx mtu 1300'),
    ),
    of(
      'an address on a link of others',
      /198\.51\.100\.2\/24 on fx: was not there/,
      lines('address add 198.51.100.2/24 dev fx'),
    ),
    of(
      'an IPv6 address on a link of others',
      /2001:db8::1\/64 on fx: was not there/,
      lines('address add 2001:db8::1/64 dev fx nodad'),
    ),
    of(
      'a new route of others',
      /route 203\.0\.114\.0\/24: was not there/,
      lines('route add 203.0.114.0/24 dev fx'),
    ),
    of(
      'a route of others is gone',
      /route 203\.0\.113\.0\/24: was there, is gone/,
      lines('route delete 203.0.113.0/24'),
    ),
    of(
      'a rule of others is gone',
      /rule 500 from all table 77: was there, is gone/,
      lines('rule delete priority 500 table 77'),
    ),
  ],
  [
    of(
      'a new pair of others',
      /veth new0: was not there/,
      lines('link add name new0 type veth peer name new1'),
    ),
    of(
      'a link of others goes down',
      /bridge fx: was up true, is up false/,
      lines('link set dev fx down'),
    ),
  ],
  [
    of('a link of others is gone', /bridge fx: was there, is gone/, lines('link delete dev fx')),
    of(
      'a new route of others by our link',
      /route 10\.40\.0\.0\/16: was not there/,
      lines('route add 10.40.0.0/16 via 10.9.0.3'),
    ),
    of(
      'a route of others leads elsewhere',
      /route default: was via 192\.0\.2\.254, is via 192\.0\.2\.253/,
      lines('route replace default via 192.0.2.253'),
    ),
    of(
      'a new rule of others',
      /rule 600 from all table 77: was not there/,
      lines('rule add priority 600 table 77'),
    ),
    of(
      'a neighbour of others on our link',
      /neighbor 10\.9\.0\.60 on br0: was not there/,
      lines('neigh add 10.9.0.60 lladdr 02:00:00:00:00:08 dev br0 nud permanent'),
    ),
    of(
      'a kernel parameter of ours that the plan is not about',
      /sysctl net\.ipv4\.ip_forward: was value 1, is value 0/,
      sysctl('net.ipv4.ip_forward=0'),
    ),
  ],
  [
    of(
      'a link of others is remade under its name',
      /bridge fx: was/,
      lines('link delete dev fx', 'link add name fx type bridge'),
    ),
    of(
      'an address of others in a namespace of ours',
      /10\.50\.0\.1\/24 on eth0 in \S+: was not there/,
      inside('address add 10.50.0.1/24 dev eth0'),
    ),
    of(
      'a route of others in a namespace of ours',
      /route 10\.60\.0\.0\/16 in \S+: was not there/,
      inside('route add 10.60.0.0/16 via 10.9.0.1'),
    ),
    of(
      'a link of others in a namespace of ours',
      /bridge new0 in \S+: was not there/,
      inside('link add name new0 type bridge'),
    ),
  ],
  [
    of(
      'an address of others is gone',
      /198\.51\.100\.1\/24 on fx: was there, is gone/,
      lines('address delete 198.51.100.1/24 dev fx'),
    ),
    of(
      'a rule of iptables of others',
      new RegExp(`rules of others: ${another}`),
      iptables('-A INPUT -s 192.0.2.99 -j DROP'),
    ),
    of(
      'a rule of others in the way of our jumps',
      /jumps in nat POSTROUTING: was behind none, is behind/,
      iptables('-t nat -I POSTROUTING -s 10.66.0.0/16 -j ACCEPT'),
    ),
  ],
  [
    of(
      'a neighbour that the kernel learns',
      undefined,
      lines('neigh add 10.9.0.61 lladdr 02:00:00:00:00:08 dev br0 nud reachable'),
    ),
    of('a new namespace', undefined, (node) => {
      node.exec(['ip', 'netns', 'add', node.ns('stranger')])
    }),
  ],
  [
    of(
      'our jumps are gone',
      /jumps in nat POSTROUTING: was there, is gone/,
      iptables('-t nat -D POSTROUTING -j NP111-MASQUERADE'),
    ),
  ],
]
