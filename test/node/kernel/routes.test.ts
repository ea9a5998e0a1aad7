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

test('N-61 host bits are refused before the kernel sees them', async (t) => {
  const node = nodeFor(t)
  await t.throwsAsync(node.plan(router('{ to: 10.9.0.1/16, via: 10.0.0.2 }')), {
    message: /10\.9\.0\.0\/16/,
  })
  t.throws(() => node.ip('route add blackhole 10.9.0.1/16'), { message: /Invalid prefix/ })
})

test('N-63 T36 routes to one destination in several tables, metrics and families are several', async (t) => {
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
    await settle(router(''))
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
     route append fd09::/64 via fd01::2`,
  )
  t.is(show(node, 'route show 10.9.0.0/16').length, 2, 'beside ours')
  t.is(show(node, '-6 route show fd09::/64')[0].nexthops.length, 2, 'part of ours')
  const { plan } = await settle(t, node, yaml)
  t.deepEqual(
    plan.changes.map(({ identity }) => identity),
    ['route fd09::/64'],
  )
  t.is(show(node, 'route show 10.9.0.0/16').length, 2, 'what is not ours stays')
  await settle(t, node, router(''))
  t.is(show(node, 'route show 10.9.0.0/16')[0].gateway, '10.1.0.2')
})

test('N-65 T35 routes that depend on each other are made in their order, whatever that of the file', async (t) => {
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

test("N-65 a gateway that nothing reaches is the kernel's refusal, with the line of the file", async (t) => {
  const node = nodeFor(t)
  const done = await node.apply(router('{ to: 10.9.0.0/16, via: 192.168.0.1 }'))
  t.regex(
    String(failureOf(done)),
    /^ip route add 10\.9\.0\.0\/16 via 192\.168\.0\.1.*invalid gateway/,
  )
  t.is(done.plan.changes.find(({ kind }) => kind === 'route')?.after?.source?.line, 6)
})

test('N-63 a route of IPv6 keeps its MTU when that of its device changes, by itself or by its ports', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (mtu: number, port: number, more = ''): string => `
version: 1
bridges: { br0: { mtu: ${mtu}, addresses: ['fd00::1/64'] }, br1: { addresses: ['fd01::1/64'] } }
veths: { v: { bridge: br1, mtu: ${port}, peer: { name: w } } ${more} }
routes: [{ to: 'fd09::/64', device: br0, mtu: 1400 }, { to: 'fd08::/64', via: 'fd01::2', mtu: 1400 }]
`
    await settle(yaml(1500, 1500))
    await settle(yaml(1300, 1300))
    await settle(yaml(1400, 1400))
    await settle(yaml(1500, 1500))
    await settle(yaml(1500, 1500, ', a: { bridge: br1, mtu: 1290, peer: { name: b } }'))
    node.ip('link set dev v mtu 1280')
    await settle(yaml(1500, 1500))
    t.is(show(node, '-6 route show fd08::/64')[0].metrics[0].mtu, 1400)
  })
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
  await settle(
    t,
    node,
    router('{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 10.9.0.0/16, via: 10.0.0.2, metric: 6 }'),
  )
  await settle(t, node, router('{ to: 10.9.0.0/16, via: 10.0.0.2, metric: 6 }'))
  t.is(show(node, 'route show 10.9.0.0/16').length, 3)
  await settle(t, node, router(''))
  t.deepEqual(show(node, 'route show 10.9.0.0/16'), before)
})

test('N-67 T37 a route that is not ours is a conflict, however alike', async (t) => {
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
    t.deepEqual(
      (await node.plan(yaml)).changes.map(({ identity }) => identity),
      ['link b'],
    )
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
