import test from 'ava'
import { addressesOf, device, prepare, show, story } from '../story.ts'

/** Two underlay devices and a tunnel with everything on it. */
const yaml = (options: string): string => `
version: 1
bridges: { br0: { mtu: 1400 } }
veths:
  u0: { addresses: [10.0.0.1/24, 'fd00::1/64'], peer: { name: p0 } }
  u1: { addresses: [10.0.1.1/24, 'fd01::1/64'], peer: { name: p1 } }
vxlans:
  x:
    ${options}
    bridge: br0
    isolated: true
    addresses: [10.9.0.1/24]
    neighbors: [{ address: 10.9.0.2, mac: '02:00:00:00:00:02' }]
    routes: [{ to: 10.10.0.0/16, via: 10.9.0.2 }]
`

interface Change {
  readonly title: string
  readonly from: string
  readonly to: string
  readonly inPlace: boolean
}

const base = 'id: 7, port: 4789, device: u0, group: 239.1.1.1, local: 10.0.0.1'

const changes: readonly Change[] = [
  { title: 'N-39 T20 ttl', from: base, to: `${base}, ttl: 9`, inPlace: true },
  { title: 'N-39 T20 tos', from: base, to: `${base}, tos: 16`, inPlace: true },
  { title: 'N-39 T20 ageingTime', from: base, to: `${base}, ageingTime: 77`, inPlace: true },
  { title: 'N-39 T20 learning', from: base, to: `${base}, learning: false`, inPlace: true },
  { title: 'N-39 T20 local', from: base, to: base.replace('10.0.0.1', '10.0.0.5'), inPlace: true },
  { title: 'N-40 group', from: base, to: base.replace('239.1.1.1', '239.1.1.2'), inPlace: true },
  {
    title: 'N-39 mtu',
    from: `${base}, mtu: 1400`,
    to: `${base}, mtu: 1300, ttl: 3`,
    inPlace: true,
  },
  { title: 'N-39 T19 id', from: base, to: base.replace('id: 7', 'id: 8'), inPlace: false },
  { title: 'N-39 T19 port', from: base, to: base.replace('4789', '8472'), inPlace: false },
  { title: 'N-39 T19 udpChecksum', from: base, to: `${base}, udpChecksum: false`, inPlace: false },
  { title: 'N-41 T21 device', from: base, to: base.replace('u0', 'u1'), inPlace: false },
  {
    title: 'N-39 no local any more',
    from: base,
    to: base.replace(', local: 10.0.0.1', ''),
    inPlace: false,
  },
  {
    title: 'N-45 a group of IPv6',
    from: 'id: 7, device: u0, group: 239.1.1.1',
    to: 'id: 7, device: u0, group: ff05::1',
    inPlace: false,
  },
  {
    title: 'N-39 remotes instead of a group',
    from: base,
    to: 'id: 7, device: u0, local: 10.0.0.1, remotes: [10.0.0.8, 10.0.0.9]',
    inPlace: false,
  },
  {
    title: 'N-45 T22 remotes of IPv6 without an address of our own',
    from: 'id: 7, remotes: [10.0.0.9]',
    to: "id: 7, remotes: ['fd00::9']",
    inPlace: false,
  },
  {
    title: 'N-45 T22 remotes of IPv6',
    from: 'id: 7, remotes: [10.0.0.9], local: 10.0.0.1',
    to: "id: 7, remotes: ['FD00:0::9'], local: 'fd00::1'",
    inPlace: false,
  },
  { title: 'N-43 no device any more', from: 'id: 7, device: u0', to: 'id: 7', inPlace: false },
]

for (const { title, from, to, inPlace } of changes) {
  test(`${title}: a change ${inPlace ? 'keeps' : 'replaces'} the tunnel, and all that hangs on it`, async (t) => {
    await story(t, async (node, settle) => {
      const lines = (text: string): string =>
        yaml(text.replaceAll(', ', '\n    ').replace(/\[(.*)\n\s+(.*)\]/, '[$1, $2]'))
      await settle(lines(from))
      prepare(
        node,
        `route add 10.77.0.0/16 via 10.9.0.77 dev x onlink
         neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev x nud permanent`,
      )
      const { ifindex } = device(node, 'x')
      await settle(lines(to))
      t.is(device(node, 'x').ifindex === ifindex, inPlace)
      t.is(device(node, 'x').master, 'br0')
      t.true(device(node, 'x').linkinfo.info_slave_data.isolated)
      t.deepEqual(addressesOf(node, 'x'), ['10.9.0.1/24'])
      t.is(show(node, 'route show 10.77.0.0/16').length, 1, 'a route of somebody else')
      t.is(show(node, 'neigh show 10.9.0.77').length, 1, 'a neighbour of somebody else')
    })
  })
}
