import test from 'ava'
import { makeStandIn, withStandIns } from '../../src/rehearsal/stand-ins.ts'
import type { Link } from '../../src/resources/link/link.ts'

const linkOf = (mac: string | null, mtu: number): Link => ({
  kind: 'link',
  namespace: '',
  name: 'x',
  type: 'can',
  attributes: { type: 'can', up: true, mtu, mac, bridge: null },
})

const far = { netns: '/run/outside', name: 'far' }

const cases: readonly (readonly [mac: string | null, mtu: number, words: string])[] = [
  ['02:00:00:00:00:01', 1500, 'name x mtu 1500 group 0 address 02:00:00:00:00:01'],
  [null, 16, 'name x mtu 68 group 0'],
  ['01:00:5e:00:00:01', 65536, 'name x mtu 65535 group 0'],
  ['00:00:00:00:00:00', 9000, 'name x mtu 9000 group 0'],
  ['198.51.100.4', 1476, 'name x mtu 1476 group 0'],
]

test('a veth stands in for whatever there is, with as much of it as a veth can have', (t) => {
  for (const [mac, mtu, words] of cases) {
    const link = linkOf(mac, mtu)
    const [add = []] = makeStandIn(link, far)
    const [own] = add.join(' ').split(' type veth ')
    t.is(own, `ip link add ${words}`)
    const [device] = withStandIns([link], [link])
    const wanted = / mtu (\d+) /.exec(words)?.[1] ?? ''
    t.is(device?.attributes['mtu'], Number(wanted))
    t.is(device?.attributes['mac'], / address (\S+)/.exec(words)?.[1])
  }
})
