import test from 'ava'
import { story } from '../story.ts'

const router = (routes: string, more = ''): string => `
version: 1
bridges:
  br0: { addresses: [10.0.0.1/24, 'fd00::1/64'] }
  br1: { addresses: [10.1.0.1/24, 'fd01::1/64'] }
routes: [${routes}]
${more}
`

/** Routes in every form that the file knows: each is made, found again, and taken away. */
const forms: readonly (readonly [title: string, route: string])[] = [
  ['N-62 a host', '{ to: 10.9.0.1, via: 10.0.0.2 }'],
  ['N-62 a host of IPv6', "{ to: 'FD09::1', via: 'fd00::2' }"],
  ['N-62 the default', '{ to: default, via: 10.0.0.2 }'],
  ['N-62 the default of IPv6', "{ to: '::/0', via: 'fd00::2' }"],
  ['N-62 a length of 0', '{ to: 0.0.0.0/0, device: br0 }'],
  ['N-63 a metric', '{ to: 10.9.0.0/16, via: 10.0.0.2, metric: 4294967295 }'],
  ['N-63 a metric of IPv6', "{ to: 'fd09::/64', via: 'fd00::2', metric: 1 }"],
  ['N-63 a metric of 0', '{ to: 10.9.0.0/16, via: 10.0.0.2, metric: 0 }'],
  ['N-63 a metric of 0 of IPv6', "{ to: 'fd09::/64', via: 'fd00::2', metric: 0 }"],
  ['N-63 another table', '{ to: 10.9.0.0/16, via: 10.0.0.2, table: 100 }'],
  ['N-63 a table over 255', "{ to: 'fd09::/64', via: 'fd00::2', table: 4294967295 }"],
  ['N-63 the table default', '{ to: 10.9.0.0/16, device: br0, table: default }'],
  ['N-63 the table local', '{ to: 10.9.0.0/16, device: br0, table: local }'],
  [
    'N-64 next hops',
    '{ to: 10.9.0.0/16, nexthops: [{ via: 10.0.0.2, weight: 3 }, { via: 10.1.0.2 }, { device: br1 }] }',
  ],
  [
    'N-64 next hops of IPv6',
    "{ to: 'fd09::/64', nexthops: [{ via: 'fd00::2', weight: 256 }, { via: 'fd01::2' }] }",
  ],
  [
    'N-64 next hops on a link',
    '{ to: 10.9.0.0/16, nexthops: [{ via: 172.16.0.1, device: br0, onlink: true }, { via: 10.1.0.2 }] }',
  ],
  ['N-64 an IPv6 gateway of IPv4', "{ to: 10.9.0.0/16, via: 'fd00::2', device: br0 }"],
  [
    'N-64 next hops of both families',
    "{ to: 10.9.0.0/16, nexthops: [{ via: 'fd00::2', device: br0 }, { via: 10.1.0.2 }] }",
  ],
  ['N-66 a source', '{ to: 10.9.0.0/16, via: 10.0.0.2, src: 10.1.0.1 }'],
  ['N-66 a source of IPv6', "{ to: 'fd09::/64', via: 'fd00::2', src: 'FD01::1' }"],
  ['N-66 a blackhole', '{ to: 10.9.0.0/16, type: blackhole }'],
  ['N-66 a blackhole of IPv6', "{ to: 'fd09::/64', type: blackhole, table: 7 }"],
  ['N-66 unreachable', '{ to: 10.9.0.0/16, type: unreachable, metric: 9 }'],
  ['N-66 unreachable of IPv6', "{ to: 'fd09::/64', type: unreachable }"],
  ['N-66 prohibit', '{ to: default, type: prohibit, table: 9 }'],
  ['N-66 prohibit of IPv6', "{ to: '::/0', type: prohibit, table: 9 }"],
  ['N-68 onlink', '{ to: 10.9.0.0/16, via: 172.16.0.1, device: br0, onlink: true }'],
  ['N-68 onlink of IPv6', "{ to: 'fd09::/64', via: 'fd77::1', device: br0, onlink: true }"],
  ['N-04 an MTU and MSS', '{ to: 10.9.0.0/16, via: 10.0.0.2, mtu: 1400, advmss: 1360 }'],
  ['N-04 an MTU and MSS of IPv6', "{ to: 'fd09::/64', via: 'fd00::2', mtu: 1400, advmss: 1340 }"],
]

test('N-61 to N-68 T36 T38 routes of every form are made, found again, and taken away', async (t) => {
  await story(t, async (_, settle) => {
    await settle(router(''))
    for (const [title, route] of forms) {
      const changes = await settle(router(route))
      t.true(
        changes.some((line) => line.startsWith('create route')),
        title,
      )
      t.is((await settle(router(''))).length, 1, title)
    }
  })
})
