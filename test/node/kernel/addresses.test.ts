import test from 'ava'
import { addressesOf, device, nodeFor, prepare, settle, show, story } from '../story.ts'
import { snapshot } from '../snapshot.ts'

const bridge = (...addresses: string[]): string =>
  `{ version: 1, bridges: { br0: { addresses: ${JSON.stringify(addresses)} } } }`

const eth0 = (...addresses: string[]): string =>
  `{ version: 1, interfaces: { eth0: { addresses: ${JSON.stringify(addresses)} } } }`

const device0 = `
  link add name eth0 type veth peer name eth1
  link set dev eth0 up
  link set dev eth1 up`

test('N-56 one address with two prefixes is two objects', async (t) => {
  await story(t, async (node, settle) => {
    await settle(bridge('10.0.0.1/24'))
    t.deepEqual(await settle(bridge('10.0.0.1/16')), [
      'create address 10.0.0.1/16 on br0',
      'delete address 10.0.0.1/24 on br0',
    ])
    await settle(bridge('10.0.0.1/16', 'fd00::1/64'))
    // IPv6 knows an address once on a link.
    t.throws(() => node.ip('address add fd00::1/48 dev br0'), { message: /already assigned/ })
    await settle(bridge('10.0.0.1/16', 'fd00::1/48'))
    await settle(bridge('10.0.0.1/16'))
    node.ip('address add 10.0.0.1 dev br0')
    t.deepEqual(await settle(bridge('10.0.0.1/16')), ['delete address 10.0.0.1/32 on br0'])
  })
})

test('N-57 T31 the first address of a subnet is the first of the file', async (t) => {
  await story(t, async (node, settle) => {
    await settle(bridge('10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24', '10.1.0.1/24'))
    await settle(bridge('10.0.0.3/24', '10.0.0.1/24', '10.0.0.2/24'))
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.3/24', '10.0.0.1/24', '10.0.0.2/24'])
    await settle(bridge('10.0.0.1/24', '10.0.0.2/24'))
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24', '10.0.0.2/24'])
    await settle(bridge('10.0.0.2/24'))
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.2/24'])
  })
})

test("N-57 somebody else's secondary address survives the deletion of our primary one", async (t) => {
  const node = nodeFor(t)
  prepare(node, device0)
  await settle(t, node, eth0('10.0.0.1/24', '10.5.0.1/24'))
  const before = ['10.5.0.1/24', '10.0.0.2/24']
  prepare(node, 'address add 10.0.0.2/24 dev eth0')
  await settle(t, node, eth0('10.5.0.1/24'))
  t.deepEqual(addressesOf(node, 'eth0'), before)
})

test('N-57 forty addresses of one subnet are have the first of the file first', async (t) => {
  await story(t, async (node, settle) => {
    const all = Array.from({ length: 40 }, (_, index) => `10.0.0.${index + 1}/24`)
    await settle(bridge(...all))
    await settle(bridge(...all.toReversed()))
    t.is(addressesOf(node, 'br0')[0], '10.0.0.40/24')
    t.is(addressesOf(node, 'br0').length, 40)
    await settle(bridge(...all.filter((_, index) => index % 2 === 1)))
  })
})

test('N-58 T33 what a link lost while it was down is made again', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
bridges:
  br0:
    addresses: [10.0.0.1/24, 'fd00::1/64']
    routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }, { to: 'fd09::/64', via: 'fd00::2' }, { to: 'fd10::/64', src: 'fd00::1' }]
`
    await settle(yaml)
    prepare(
      node,
      `link set dev br0 down
       link set dev br0 up`,
    )
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24'])
    t.deepEqual(await settle(yaml), [
      'create address fd00::1/64 on br0',
      'create route 10.9.0.0/16',
      'create route fd09::/64',
      'create route fd10::/64',
    ])
  })
})

test('N-58 a link that is down has its addresses and neighbours, and goes up and down with them', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (up: boolean): string => `
version: 1
bridges:
  br0:
    up: ${up}
    addresses: [10.0.0.1/24, 'fd00::1/64']
    neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09' }, { address: 'fd00::9', mac: '02:00:00:00:00:0a' }]
`
    await settle(yaml(false))
    await settle(yaml(true))
    await settle(yaml(false))
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24', 'fd00::1/64'])
  })
})

test('N-59 T32 the routes by a device outlive the change of its only address', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (address: string, src = ''): string => `
version: 1
bridges: { br0: { addresses: [${address}], routes: [{ to: default, via: 10.0.0.9 }, { to: 10.7.0.0/16 ${src} }] } }
`
    await settle(yaml('10.0.0.1/24'))
    prepare(node, 'route add 10.77.0.0/16 via 10.0.0.99')
    await settle(yaml('10.0.0.2/24', ', src: 10.0.0.2'))
    t.is(show(node, 'route show 10.77.0.0/16').length, 1)
    await settle(yaml('10.0.0.1/16', ', src: 10.0.0.1'))
    t.is(show(node, 'route show 10.77.0.0/16').length, 1)
  })
})

test("N-60a T34 what comes by itself is nobody's, and a source waits until it is no longer tentative", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
veths:
  a: { addresses: ['fd00::1/64'], routes: [{ to: 'fd09::/64', via: 'fd00::2', src: 'fd00::1' }], peer: { name: b } }
`
    await settle(yaml)
    t.is(show(node, '-6 route show fd09::/64')[0].prefsrc, 'fd00::1')
    node.ip('address add fd77::1/64 dev a valid_lft 100 preferred_lft 100')
    node.ip('address add 10.77.0.1/24 dev a valid_lft 100 preferred_lft 100')
    t.deepEqual((await node.plan(yaml)).changes, [], 'as by a router or DHCP')
  })
})

test('N-60a T34 an address that is there twice on the wire is added again', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    const yaml = `
version: 1
namespaces: { ${p}: {} }
veths: { a: { addresses: ['fd00::1/64'], peer: { name: b, namespace: ${p} } } }
`
    await settle(yaml)
    node.ip('address delete fd00::1/64 dev a')
    node.ip('address add fd00::1/64 dev b nodad', p)
    node.ip('address add fd00::1/64 dev a')
    for (let i = 0; i < 60 && device(node, 'a').addr_info[0].dadfailed !== true; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    node.ip('address delete fd00::1/64 dev b', p)
    t.deepEqual(await settle(yaml), ['replace address fd00::1/64 on a: dadfailed true -> false'])
  })
})

test('N-60b IPv6 addresses are compared as the kernel prints them', async (t) => {
  await story(t, async (_, settle) => {
    await settle(
      bridge(
        '2001:DB8:0:0:0::1/64',
        '::ffff:10.0.0.1/120',
        '::10.0.0.2/120',
        '1:0:0:2::3/64',
        '2001:0:0:1:0:0:0:1/64',
      ),
    )
    t.deepEqual(
      await settle(
        bridge(
          '2001:db8::1/64',
          '::FFFF:a00:1/120',
          '::a00:2/120',
          '1::2:0:0:0:3/64',
          '2001:0:0:1::1/64',
        ),
      ),
      [],
    )
  })
})

test('N-60c IPv6 is enabled before addresses of it are added', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (disabled: number, addresses: string): string => `
version: 1
bridges: { br0: { addresses: [${addresses}] }, br1: {} }
sysctls: { net.ipv6.conf.br0.disable_ipv6: ${disabled}, net.ipv6.conf.br1.disable_ipv6: ${disabled} }
`
    await settle(yaml(1, '10.0.0.1/24'))
    t.throws(() => node.ip('address add fd00::1/64 dev br0'))
    await settle(yaml(0, "10.0.0.1/24, 'fd00::1/64'"))
    await settle(yaml(1, '10.0.0.1/24'))
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24'])
  })
})

test('addresses that the kernel could have made are made, and taken away again', async (t) => {
  const node = nodeFor(t)
  prepare(node, device0)
  const before = snapshot(node.name)
  const yaml = (on: boolean): string => `
version: 1
interfaces: { lo: { addresses: ${on ? "['127.0.0.2/8', '10.255.0.1/32', 'fd00::1/128']" : '[]'} } }
bridges: { br0: { addresses: ${on ? "['fe80::1/64', '169.254.0.1/16']" : '[]'} } }
`
  await settle(t, node, yaml(true))
  await settle(t, node, yaml(false))
  t.deepEqual(addressesOf(node, 'lo'), ['127.0.0.1/8', '::1/128'])
  t.false(JSON.stringify(device(node, 'br0')).includes('"fe80::1"'))
  await node.destroy(yaml(false))
  t.deepEqual(snapshot(node.name), before)
})
