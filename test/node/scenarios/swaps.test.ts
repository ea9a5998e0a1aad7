import test from 'ava'
import { addressesOf, device, prepare, show, story } from '../story.ts'

test('two bridges exchange their addresses, with the routes by them', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (a: number, b: number): string => `
version: 1
bridges:
  br0: { addresses: [10.${a}.0.1/24, 'fd0${a}::1/64'], neighbors: [{ address: 10.${a}.0.9, mac: '02:00:00:00:00:09' }] }
  br1: { addresses: [10.${b}.0.1/24, 'fd0${b}::1/64'] }
routes: [{ to: 10.91.0.0/16, via: 10.1.0.2 }, { to: 10.92.0.0/16, via: 10.2.0.2, src: 10.1.0.1 }, { to: 'fd91::/64', via: 'fd01::2' }]
`
    await settle(yaml(1, 2))
    await settle(yaml(2, 1))
    t.deepEqual(addressesOf(node, 'br0'), ['10.2.0.1/24', 'fd02::1/64'])
    t.is(show(node, 'route show 10.91.0.0/16')[0].dev, 'br1')
    t.is(show(node, '-6 route show fd91::/64')[0].dev, 'br1')
  })
})

test('two pairs exchange their peers, and two ports their bridges', async (t) => {
  await story(t, async (node, settle) => {
    const [p, q] = [node.ns('p'), node.ns('q')]
    const yaml = (first: string, second: string): string => `
version: 1
namespaces: { ${p}: {}, ${q}: {} }
bridges: { br0: {}, br1: {} }
veths:
  a: { bridge: ${first === p ? 'br0' : 'br1'}, peer: { name: eth0, namespace: ${first}, addresses: [10.0.0.1/24] } }
  b: { bridge: ${first === p ? 'br1' : 'br0'}, peer: { name: eth0, namespace: ${second}, addresses: [10.0.0.1/24] } }
`
    await settle(yaml(p, q))
    await settle(yaml(q, p))
    t.is(device(node, 'a').master, 'br1')
  })
})

test('the two ends of a pair exchange their names, and the pair its direction', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    const yaml = (text: string): string =>
      `{ version: 1, namespaces: { ${p}: {} }, veths: { ${text} } }`
    await settle(yaml(`a: { addresses: [10.0.0.1/24], peer: { name: b, namespace: ${p} } }`))
    await settle(yaml(`b: { addresses: [10.0.0.1/24], peer: { name: a, namespace: ${p} } }`))
    const { ifindex } = device(node, 'b')
    await settle(yaml(`a: { namespace: ${p}, peer: { name: b, addresses: [10.0.0.1/24] } }`))
    t.is(device(node, 'b').ifindex, ifindex, 'the same pair, written from its other end')
    await settle(yaml('a: { peer: { name: b } }'))
    await settle(yaml(`a: { namespace: ${p}, peer: { name: b, namespace: ${p} } }`))
  })
})

test('a bridge and its ports move into a namespace and back', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    const yaml = (where: string): string => `
version: 1
namespaces: { ${p}: {} }
bridges: { br0: { ${where} addresses: [10.0.0.1/24], routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }] } }
veths: { v: { ${where} bridge: br0, peer: { name: w, addresses: [10.1.0.1/24] } } }
vxlans: { x: { ${where} id: 5, bridge: br0, remotes: [10.0.0.2] } }
`
    await settle(yaml(''))
    await settle(yaml(`namespace: ${p},`))
    await settle(yaml(''))
    t.is(device(node, 'v').master, 'br0')
  })
})

test('a namespace leaves the file with all that is in it, and what hung on it elsewhere is mended', async (t) => {
  await story(t, async (node, settle) => {
    const [p, q] = [node.ns('p'), node.ns('q')]
    await settle(`
version: 1
namespaces: { ${p}: {}, ${q}: {} }
bridges: { sw: { namespace: ${p} }, br0: { addresses: [10.0.0.1/24] } }
veths:
  a: { bridge: br0, addresses: [10.2.0.1/24], routes: [{ to: 10.9.0.0/16, via: 10.2.0.2 }], peer: { name: eth0, namespace: ${p}, bridge: sw } }
  b: { namespace: ${p}, bridge: sw, peer: { name: eth0, namespace: ${q}, addresses: [10.3.0.2/24] } }
`)
    await settle(`
version: 1
namespaces: { ${q}: {} }
bridges: { br0: { addresses: [10.0.0.1/24] } }
veths: { a: { bridge: br0, addresses: [10.2.0.1/24], routes: [{ to: 10.9.0.0/16, via: 10.2.0.2 }], peer: { name: eth0, namespace: ${q} } } }
`)
    t.is(show(node, 'route show 10.9.0.0/16')[0].dev, 'a')
  })
})

test("somebody else's tunnel over a pair of ours comes back with the pair", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (peer: string): string =>
      `{ version: 1, veths: { u0: { addresses: [10.0.0.1/24], peer: { name: ${peer} } } } }`
    await settle(yaml('p0'))
    prepare(
      node,
      `link add name theirs type vxlan id 9 dstport 8472 dev u0 group 239.1.1.1 ttl 5
       link set dev theirs mtu 1400 up
       address add 10.77.0.1/24 dev theirs
       route add 10.78.0.0/16 via 10.77.0.2`,
    )
    const changes = await settle(yaml('p1'))
    t.true(changes.includes('replace link theirs'))
    t.is(device(node, 'theirs').linkinfo.info_data.ttl, 5)
    t.deepEqual(addressesOf(node, 'theirs'), ['10.77.0.1/24'])
    t.is(show(node, 'route show 10.78.0.0/16').length, 1)
  })
})
