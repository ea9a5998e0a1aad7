import test from 'ava'
import { addressesOf, device, nodeFor, prepare, problemsOf, settle, show, story } from '../story.ts'
import { failureOf } from '../harness.ts'

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
  ['N-64 next hops', '{ to: 10.9.0.0/16, nexthops: [{ via: 10.0.0.2, weight: 3 }, { via: 10.1.0.2 }, { device: br1 }] }'],
  ['N-64 next hops of IPv6', "{ to: 'fd09::/64', nexthops: [{ via: 'fd00::2', weight: 256 }, { via: 'fd01::2' }] }"],
  ['N-64 next hops on a link', '{ to: 10.9.0.0/16, nexthops: [{ via: 172.16.0.1, device: br0, onlink: true }, { via: 10.1.0.2 }] }'],
  ['N-64 an IPv6 gateway of IPv4', "{ to: 10.9.0.0/16, via: 'fd00::2', device: br0 }"],
  ['N-64 next hops of both families', "{ to: 10.9.0.0/16, nexthops: [{ via: 'fd00::2', device: br0 }, { via: 10.1.0.2 }] }"],
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

test('N-61 to N-68 routes of every form are made, found again, and taken away', async (t) => {
  for (const [title, route] of forms) {
    await story(t, async (_, settle) => {
      await settle(router(''))
      const changes = await settle(router(route))
      t.is(changes.length, 1, title)
      t.is((await settle(router(''))).length, 1, title)
    })
  }
})

test('N-61 host bits are refused before the kernel sees them', async (t) => {
  const node = nodeFor(t)
  await t.throwsAsync(node.plan(router('{ to: 10.9.0.1/16, via: 10.0.0.2 }')), { message: /10\.9\.0\.0\/16/ })
  t.throws(() => node.ip('route add blackhole 10.9.0.1/16'), { message: /Invalid prefix/ })
})

test('N-63 routes to one destination in several tables, metrics and families are several', async (t) => {
  await story(t, async (node, settle) => {
    const all = [
      '{ to: 10.9.0.0/16, via: 10.0.0.2 }',
      '{ to: 10.9.0.0/16, via: 10.1.0.2, metric: 5 }',
      '{ to: 10.9.0.0/16, type: blackhole, metric: 6 }',
      '{ to: 10.9.0.0/16, via: 10.0.0.3, table: 5 }',
      "{ to: 'fd09::/64', via: 'fd00::2' }",
      "{ to: 'fd09::/64', via: 'fd01::2', metric: 5 }",
      "{ to: 'fd09::/64', type: blackhole, metric: 6 }",
    ]
    await settle(router(all.join(', ')))
    for (const left of [all.slice(1), all.slice(2), all.slice(1, 5), all.slice(0, 1), all]) {
      await settle(router(left.join(', ')))
    }
    t.is(show(node, 'route show 10.9.0.0/16').length, 3)
  })
})

test('N-63 a route changes in place in all but its key', async (t) => {
  await story(t, async (node, settle) => {
    const v4 = (rest: string): string => router(`{ to: 10.9.0.0/16, ${rest} }`)
    const steps = [
      'via: 10.0.0.2',
      'via: 10.1.0.2',
      'device: br1',
      'type: blackhole',
      'via: 10.0.0.2, mtu: 1400',
      'via: 10.0.0.2, src: 10.0.0.1',
      'nexthops: [{ via: 10.0.0.2 }, { via: 10.1.0.2, weight: 2 }]',
      'nexthops: [{ via: 10.0.0.2 }, { via: 10.1.0.2, weight: 3 }]',
      'via: 10.0.0.2',
    ]
    for (const rest of steps) t.regex(String(await settle(v4(rest))), /^(create|update) route/)
    const v6 = (rest: string): string => router(`{ to: 'fd09::/64', ${rest} }`)
    const steps6 = [
      "via: 'fd00::2'",
      "via: 'fd01::2'",
      'device: br1',
      'type: blackhole',
      'type: unreachable',
      "via: 'fd00::2', mtu: 1400",
      "nexthops: [{ via: 'fd00::2' }, { via: 'fd01::2', weight: 2 }]",
      "nexthops: [{ via: 'fd00::2' }, { via: 'fd01::3', weight: 2 }]",
      "via: 'fd00::2'",
    ]
    for (const rest of steps6) await settle(v6(rest))
    t.is(show(node, '-6 route show fd09::/64').length, 1)
  })
})

test('N-64 a hand-made second route to the same destination is told from ours', async (t) => {
  const node = nodeFor(t)
  const yaml = router("{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 'fd09::/64', via: 'fd00::2' }")
  await settle(t, node, yaml)
  prepare(
    node,
    `route append 10.9.0.0/16 via 10.1.0.2
     -6 route append fd09::/64 via fd01::2`,
  )
  t.is(show(node, 'route show 10.9.0.0/16').length, 2, 'beside ours')
  t.is(show(node, '-6 route show fd09::/64')[0].nexthops.length, 2, 'part of ours')
  const { plan } = await settle(t, node, yaml)
  t.deepEqual(plan.changes.map(({ identity }) => identity), ['route fd09::/64'])
  t.is(show(node, 'route show 10.9.0.0/16').length, 2, 'what is not ours stays')
  await settle(t, node, router(''))
  t.is(show(node, 'route show 10.9.0.0/16')[0].gateway, '10.1.0.2')
})

test('N-65 routes that depend on each other are made in their order, whatever that of the file', async (t) => {
  await story(t, async (node, settle) => {
    const chain = [
      '{ to: 10.20.0.0/16, device: br0 }',
      '{ to: 10.30.0.0/16, via: 10.20.0.1 }',
      '{ to: 10.40.0.1/32, device: br1 }',
      '{ to: 10.50.0.0/16, via: 10.40.0.1 }',
      '{ to: 10.60.0.0/16, nexthops: [{ via: 10.20.0.7 }, { via: 10.40.0.1 }] }',
      "{ to: 'fd20::/64', device: br0 }",
      "{ to: 'fd30::/64', via: 'fd20::1' }",
      "{ to: '::/0', via: 'fd20::2' }",
      '{ to: default, via: 10.40.0.1 }',
    ]
    await settle(router(chain.join(', ')))
    await settle(router(''))
    await settle(router(chain.toReversed().join(', ')))
    prepare(node, 'link set dev br0 down')
    prepare(node, 'link set dev br0 up')
    await settle(router(chain.toReversed().join(', ')))
  })
})

test('N-65 a gateway that nothing reaches is the kernel\'s refusal, with the line of the file', async (t) => {
  const node = nodeFor(t)
  const done = await node.apply(router('{ to: 10.9.0.0/16, via: 192.168.0.1 }'))
  t.regex(String(failureOf(done)), /^ip route add 10\.9\.0\.0\/16 via 192\.168\.0\.1.*invalid gateway/)
  t.is(done.plan.changes.find(({ kind }) => kind === 'route')?.after?.source?.line, 6)
})

test('N-66 a route whose source changes place, or goes, is made again', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (address: string, src: string): string => `
version: 1
bridges: { br0: { addresses: [10.0.0.1/24, ${address}] } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.2, ${src} }]
`
    await settle(yaml('10.7.0.1/32', 'src: 10.7.0.1'))
    await settle(yaml('10.7.0.2/32', 'src: 10.7.0.2'))
    await settle(yaml('10.7.0.2/24', 'src: 10.7.0.2'))
    node.ip('address delete 10.7.0.2/24 dev br0')
    t.is(show(node, 'route show 10.9.0.0/16').length, 0)
    t.is((await settle(yaml('10.7.0.2/24', 'src: 10.7.0.2'))).length, 2)
  })
})

test('N-67 of two routes to one destination only ours is deleted', async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name eth0 type bridge
     link set dev eth0 up
     address add 10.3.0.1/24 dev eth0
     route add 10.9.0.0/16 via 10.3.0.2 metric 5 proto bird
     route add 10.9.0.0/16 via 10.3.0.3 metric 7 proto static`,
  )
  const before = show(node, 'route show 10.9.0.0/16')
  await settle(t, node, router('{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 10.9.0.0/16, via: 10.0.0.2, metric: 6 }'))
  await settle(t, node, router('{ to: 10.9.0.0/16, via: 10.0.0.2, metric: 6 }'))
  t.is(show(node, 'route show 10.9.0.0/16').length, 3)
  await settle(t, node, router(''))
  t.deepEqual(show(node, 'route show 10.9.0.0/16'), before)
})

test('N-67 a route that is not ours is a conflict, however alike', async (t) => {
  const node = nodeFor(t)
  await settle(t, node, router(''))
  prepare(node, 'route add 10.9.0.0/16 via 10.0.0.2')
  const yaml = router('{ to: 10.9.0.0/16, via: 10.0.0.2 }')
  t.is(await problemsOf(node, yaml), 'route 10.9.0.0/16 exists already and is not ours')
  const { plan } = await settle(t, node, router('{ to: 10.9.0.0/16, via: 10.0.0.2, adopt: true }'))
  t.is(plan.changes.length, 1)
  await settle(t, node, router(''))
  t.is(show(node, 'route show 10.9.0.0/16').length, 0)
})

test('N-68 a link without a carrier marks its routes, and that is no difference', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
veths: { a: { addresses: [10.0.0.1/24], routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 10.8.0.0/16, via: 172.16.0.1, onlink: true }], peer: { name: b } } }
`
    await settle(yaml)
    node.ip('link set dev b down')
    t.regex(node.ip('route show'), /linkdown/)
    t.deepEqual((await node.plan(yaml)).changes.map(({ identity }) => identity), ['link b'])
  })
})

test('N-69 an address moves from one bridge to another, and the routes by it too', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (br0: string, br1: string): string => `
version: 1
bridges: { br0: { addresses: [${br0}] }, br1: { addresses: [${br1}] } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 'fd09::/64', via: 'fd00::2' }]
`
    const moving = "10.0.0.1/24, 'fd00::1/64'"
    await settle(yaml(`${moving}, 10.5.0.1/24`, '10.6.0.1/24'))
    await settle(yaml('10.5.0.1/24', `${moving}, 10.6.0.1/24`))
    t.deepEqual(addressesOf(node, 'br0'), ['10.5.0.1/24'])
    t.is(show(node, 'route show 10.9.0.0/16')[0].dev, 'br1')
    t.is(show(node, '-6 route show fd09::/64')[0].dev, 'br1')
    await settle(yaml(moving, ''))
    t.is(show(node, 'route show 10.9.0.0/16')[0].dev, 'br0')
  })
})

test('N-65 N-69 a route whose device is not declared follows its gateway', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (name: string): string => `
version: 1
bridges: { ${name}: { addresses: [10.0.0.1/24, 'fd00::1/64'] } }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 'fd09::/64', via: 'fd00::2' }, { to: 10.8.0.0/16, nexthops: [{ via: 10.0.0.3 }, { via: 10.0.0.4 }] }]
`
    await settle(yaml('br0'))
    await settle(yaml('br1'))
    t.is(show(node, 'route show 10.9.0.0/16')[0].dev, 'br1')
    t.is(device(node, 'br1').ifname, 'br1')
  })
})
