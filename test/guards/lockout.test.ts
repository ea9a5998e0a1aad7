import test from 'ava'
import { lockoutsOf, planOf } from './situation.ts'
import type { Given, GivenLink } from './situation.ts'

/** A case: what the file says, what the node has, and what of the plan is marked. */
type Case = readonly [title: string, yaml: string, given: Given, marked: readonly string[]]

const eth0 = { name: 'eth0', addresses: ['10.1.0.5/24'] }
const eth1 = { name: 'eth1', addresses: ['10.2.0.5/24'] }
const ours = { 'address 10.1.0.5/24 on eth0': { index: 2 } }
const ssh = '10.1.0.7 51234 10.1.0.5 22'
const sshFromAfar = '192.0.2.7 51234 10.1.0.5 22'
const bridge = { name: 'br0', type: 'bridge', ours: true, addresses: ['10.1.0.5/24'] }
const port = { bridge: 'br0' }

const routes: readonly Case[] = [
  [
    'a default route that goes',
    '',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0 ours'] },
    ['- route default: is the default route'],
  ],
  [
    'a default route that gets another gateway',
    'routes: [{ to: default, via: 10.1.0.2 }]',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0 ours'] },
    ['~ route default: is the default route'],
  ],
  [
    'a default route that goes several ways from now on',
    'routes: [{ to: default, nexthops: [{ via: 10.1.0.1 }, { via: 10.1.0.2 }] }]',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0 ours'] },
    ['~ route default: is the default route'],
  ],
  [
    'a default route of which only MTU and source change',
    'routes: [{ to: default, via: 10.1.0.1, mtu: 1400, src: 10.1.0.5 }]',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0 ours'] },
    [],
  ],
  [
    'the default route of IPv6',
    '',
    {
      links: [{ name: 'eth0', addresses: ['fd00:1::5/64'] }],
      routes: ['::/0 via fd00:1::1 dev eth0 metric 1024 ours'],
    },
    ['- route ::/0: is the default route of IPv6'],
  ],
  [
    'one of two default routes, although the other one stays',
    'interfaces: { eth1: {} }',
    {
      links: [eth0, eth1],
      routes: ['default via 10.1.0.1 dev eth0 ours', 'default via 10.2.0.1 dev eth1 metric 100'],
    },
    ['- route default: is the default route'],
  ],
  [
    'another route, and a default route of another table',
    '',
    {
      links: [eth0],
      routes: ['default via 10.1.0.1 dev eth0', '10.9.0.0/16 via 10.1.0.2 dev eth0 ours'],
    },
    [],
  ],
  [
    'a better default route than the one there is',
    'routes: [{ to: default, via: 10.2.0.1 }]',
    { links: [eth0, eth1], routes: ['default via 10.1.0.1 dev eth0 metric 100'] },
    ['+ route default: takes over the default route'],
  ],
  [
    'a default route that is no better, or leads the same way',
    'routes: [{ to: default, via: 10.2.0.1, metric: 200 }, { to: default, via: 10.1.0.1, metric: 50 }]',
    { links: [eth0, eth1], routes: ['default via 10.1.0.1 dev eth0 metric 100'] },
    [],
  ],
  [
    'a default route where there is none',
    'routes: [{ to: default, via: 10.1.0.1 }]',
    { links: [eth0] },
    [],
  ],
]

const links: readonly Case[] = [
  [
    'the device of the default route, taken down',
    'interfaces: { eth0: { up: false } }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'] },
    ['~ device eth0: carries the default route', '- route default: is the default route'],
  ],
  [
    'another device, taken down',
    'interfaces: { eth1: { up: false } }',
    { links: [eth0, eth1], routes: ['default via 10.1.0.1 dev eth0'] },
    [],
  ],
  [
    'MTU and other things of the device',
    'interfaces: { eth0: { mtu: 1400, addresses: [10.8.0.1/24] } }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'] },
    [],
  ],
  [
    'another MAC address of the device',
    'interfaces: { eth0: { mac: "02:00:00:00:00:99" } }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'] },
    ['~ device eth0: carries the default route'],
  ],
  [
    'the device, made a port of a bridge',
    'interfaces: { eth0: { bridge: br1 } }\nbridges: { br1: {} }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'] },
    ['~ device eth0: carries the default route'],
  ],
  [
    'the bridge of the default route, which goes',
    '',
    {
      links: [{ ...bridge, addresses: ['10.1.0.5/24'] }],
      routes: ['default via 10.1.0.1 dev br0'],
    },
    [
      '- bridge br0: carries the default route',
      '- address 10.1.0.5/24 on br0: leads to the gateway of the default route',
      '- route default: is the default route',
    ],
  ],
  [
    'the only port of that bridge',
    'interfaces: { eth0: { up: false } }\nbridges: { br0: { addresses: [10.1.0.5/24] } }',
    {
      links: [bridge, { name: 'eth0', ...port }],
      routes: ['default via 10.1.0.1 dev br0'],
    },
    ['~ device eth0: carries the default route'],
  ],
  [
    'any of several ports of that bridge',
    'interfaces: { eth0: { up: false }, eth1: { mtu: 1400 } }\nbridges: { br0: { addresses: [10.1.0.5/24] } }',
    {
      links: [bridge, { name: 'eth0', ...port }, { name: 'eth1', ...port }],
      routes: ['default via 10.1.0.1 dev br0'],
    },
    ['~ device eth0: may carry the default route'],
  ],
  [
    'the underlay of a vxlan',
    'interfaces: { eth0: { up: false } }',
    {
      links: [
        eth0,
        {
          name: 'vxlan9',
          type: 'vxlan',
          data: { id: 9, link: 'eth0' },
          addresses: ['10.9.0.5/24'],
        },
      ],
      routes: ['default via 10.9.0.1 dev vxlan9'],
    },
    ['~ device eth0: carries the default route'],
  ],
  [
    'the link that has the local address of a vxlan without a device',
    'interfaces: { eth0: { up: false } }',
    {
      links: [
        eth0,
        {
          name: 'vxlan9',
          type: 'vxlan',
          data: { id: 9, local: '10.1.0.5' },
          addresses: ['10.9.0.5/24'],
        },
      ],
      routes: ['default via 10.9.0.1 dev vxlan9'],
    },
    ['~ device eth0: carries the default route'],
  ],
  [
    'the other end of a veth, and the port of its bridge',
    'interfaces: { eth1: { up: false }, veth1: { up: false } }\nbridges: { br0: {} }',
    {
      links: [
        { name: 'veth0', type: 'veth', peer: 'veth1', addresses: ['10.1.0.5/24'] },
        { name: 'veth1', type: 'veth', peer: 'veth0', ...port },
        { ...bridge, addresses: [] },
        { name: 'eth1', ...port },
      ],
      routes: ['default via 10.1.0.1 dev veth0'],
    },
    ['~ device eth1: may carry the default route', '~ device veth1: carries the default route'],
  ],
  [
    'the device of a VLAN, by its name',
    'interfaces: { eth0: { up: false }, eth1: { up: false } }',
    {
      links: [
        { name: 'eth0' },
        { name: 'eth1' },
        { name: 'eth0.100', type: 'vlan', addresses: ['10.1.0.5/24'] },
      ],
      routes: ['default via 10.1.0.1 dev eth0.100'],
    },
    ['~ device eth0: carries the default route'],
  ],
  [
    'any device below a bond',
    'interfaces: { eth0: { up: false } }',
    {
      links: [
        { name: 'eth0' },
        { name: 'eth1' },
        { name: 'bond0', type: 'bond', addresses: ['10.1.0.5/24'] },
      ],
      routes: ['default via 10.1.0.1 dev bond0'],
    },
    ['~ device eth0: may carry the default route'],
  ],
]

const podLinks = (name: string, peer: number): readonly GivenLink[] => [
  bridge,
  { name: 'eth0', ...port },
  { name, type: 'veth', ours: true, peer, ...port },
]

const namespaced = (address: string, ...more: readonly string[]): Given => ({
  links: podLinks('veth1', 20),
  routes: ['default via 10.1.0.1 dev br0'],
  namespaces: {
    pod1: {
      first: 20,
      links: [
        { name: 'ceth1', type: 'veth', ours: true, peer: 4, addresses: [address] },
        ...more.map((name) => ({ name })),
      ],
    },
  },
  records: { 'namespace pod1': { inode: 10, born: '1' } },
})

const staying = 'bridges: { br0: { addresses: [10.1.0.5/24] } }'

const namespaces: readonly Case[] = [
  ['a pod on the bridge of the default route', staying, namespaced('10.1.0.9/24'), []],
  [
    'a pod that is the gateway of the default route',
    staying,
    namespaced('10.1.0.1/24'),
    [
      '- namespace pod1: may carry the default route',
      '- veth veth1: may carry the default route',
      '- veth ceth1 in pod1: may carry the default route',
    ],
  ],
  [
    'a namespace that leads on',
    staying,
    namespaced('10.1.0.9/24', 'eth9'),
    [
      '- namespace pod1: may carry the default route',
      '- veth veth1: may carry the default route',
      '- veth ceth1 in pod1: may carry the default route',
    ],
  ],
]

const addresses: readonly Case[] = [
  [
    'the only address in the network of the gateway',
    'interfaces: { eth0: { addresses: [10.8.0.1/24] } }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'], records: ours },
    [
      '- address 10.1.0.5/24 on eth0: leads to the gateway of the default route',
      '- route default: is the default route',
    ],
  ],
  [
    'one of two addresses in the network of the gateway',
    'interfaces: { eth0: {} }',
    {
      links: [{ name: 'eth0', addresses: ['10.1.0.4/24', '10.1.0.5/24'] }],
      routes: ['default via 10.1.0.1 dev eth0'],
      records: ours,
    },
    [],
  ],
  [
    'an address of another network',
    'interfaces: { eth0: {} }',
    {
      links: [{ name: 'eth0', addresses: ['10.7.0.4/24', '10.1.0.5/24'] }],
      routes: ['default via 10.7.0.1 dev eth0'],
      records: ours,
    },
    [],
  ],
]

const advertised = {
  links: [{ name: 'eth0', addresses: ['fd00:1::5/64'] }],
  routes: ['::/0 via fe80::1 dev eth0 proto 9 metric 1024'],
  sysctls: {
    'net/ipv6/conf/all/forwarding': '0',
    'net/ipv6/conf/eth0/disable_ipv6': '0',
    'net/ipv4/ip_forward': '0',
  },
}

const parameters: readonly Case[] = [
  [
    'a node that becomes a router, where a router told it the default route',
    'sysctls: { net.ipv6.conf.all.forwarding: 1, net.ipv4.ip_forward: 1 }',
    advertised,
    ['~ sysctl net.ipv6.conf.all.forwarding: may take away the default route of IPv6'],
  ],
  [
    'the same, where nobody told it',
    'sysctls: { net.ipv6.conf.all.forwarding: 1 }',
    { ...advertised, routes: ['::/0 via fe80::1 dev eth0 metric 1024'] },
    [],
  ],
  [
    'the end of IPv6',
    'sysctls: { net.ipv6.conf.eth0.disable_ipv6: 1 }\ninterfaces: { eth0: {} }',
    { ...advertised, ssh: 'fd00:1::7 51234 fd00:1::5 22' },
    [
      '- address fd00:1::5/64 on eth0: carries the SSH session from fd00:1::7',
      '- route ::/0: is the default route of IPv6',
      '~ sysctl net.ipv6.conf.eth0.disable_ipv6: takes away the default route of IPv6 and the SSH session from fd00:1::7',
    ],
  ],
]

const sessions: readonly Case[] = [
  [
    'the address that somebody is logged in at',
    'interfaces: { eth0: {} }',
    { links: [eth0], records: ours, ssh },
    ['- address 10.1.0.5/24 on eth0: carries the SSH session from 10.1.0.7'],
  ],
  [
    'the same, as a socket of both families has it',
    'interfaces: { eth0: {} }',
    { links: [eth0], records: ours, ssh: '::ffff:10.1.0.7 51234 ::ffff:10.1.0.5 22' },
    ['- address 10.1.0.5/24 on eth0: carries the SSH session from 10.1.0.7'],
  ],
  [
    'a session that comes by another device than the default route',
    'interfaces: { eth0: { up: false }, eth1: { mtu: 1400 } }',
    { links: [eth0, eth1], routes: ['default via 10.2.0.1 dev eth1'], ssh },
    ['~ device eth0: carries the SSH session from 10.1.0.7'],
  ],
  [
    'a session by the default route',
    'interfaces: { eth0: {} }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0 ours'], ssh: sshFromAfar },
    ['- route default: is the default route and carries the SSH session from 192.0.2.7'],
  ],
  [
    'a session by a route of its own',
    'interfaces: { eth0: { addresses: [10.1.0.5/24] }, eth1: {} }',
    {
      links: [eth0, eth1],
      routes: ['default via 10.2.0.1 dev eth1', '192.0.2.0/24 via 10.1.0.1 dev eth0 ours'],
      ssh: sshFromAfar,
    },
    ['- route 192.0.2.0/24: carries the SSH session from 192.0.2.7'],
  ],
  [
    'the device of both',
    'interfaces: { eth0: { up: false } }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'], ssh },
    [
      '~ device eth0: carries the default route and the SSH session from 10.1.0.7',
      '- route default: is the default route',
    ],
  ],
  [
    'an address that takes the client for a neighbour',
    'bridges: { br9: { addresses: [192.0.2.1/24] } }',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'], ssh: sshFromAfar },
    ['+ address 192.0.2.1/24 on br9: takes over the SSH session from 192.0.2.7'],
  ],
  [
    'a route that leads the client away, and one that does not',
    'routes: [{ to: 192.0.2.0/24, type: blackhole }, { to: 192.0.2.0/25, via: 10.1.0.1 }]',
    { links: [eth0], routes: ['default via 10.1.0.1 dev eth0'], ssh: sshFromAfar },
    ['+ route 192.0.2.0/24: takes over the SSH session from 192.0.2.7'],
  ],
  [
    'a session by IPv6 of one link',
    'interfaces: { eth0: { up: false }, eth1: { up: false } }',
    {
      links: [
        { name: 'eth0', addresses: ['fe80::5/64'] },
        { name: 'eth1', addresses: ['fe80::6/64'] },
      ],
      ssh: 'fe80::7%eth1 51234 fe80::6%eth1 22',
    },
    ['~ device eth1: carries the SSH session from fe80::7'],
  ],
  [
    'a session that ends elsewhere, or begins here, or is none',
    'interfaces: { eth0: { up: false } }',
    { links: [eth0], ssh: '10.1.0.7 51234 10.5.0.5 22' },
    [],
  ],
  [
    'the same from here',
    'interfaces: { eth0: { up: false } }',
    { links: [eth0], ssh: '10.1.0.5 1 10.1.0.5 22' },
    [],
  ],
  [
    'the same',
    'interfaces: { eth0: { up: false } }',
    { links: [eth0], ssh: 'UNKNOWN 65535 UNKNOWN 65535' },
    [],
  ],
]

for (const [title, yaml, given, marked] of [
  ...routes,
  ...links,
  ...namespaces,
  ...addresses,
  ...parameters,
  ...sessions,
])
  test(title, async (t) => {
    t.deepEqual(await lockoutsOf(yaml, given), marked)
  })

test('a plan of which nothing is marked is the plan itself', async (t) => {
  const { plan } = await planOf('bridges: { br0: {} }', { links: [eth0] })
  t.true(plan.changes.every((change) => !('lockout' in change)))
})
