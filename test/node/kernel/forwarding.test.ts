import test from 'ava'
import { prepare, show, story } from '../story.ts'
import type { TestNode } from '../harness.ts'

const entries = (node: TestNode, name: string): string[] =>
  node
    .exec(['bridge', 'fdb', 'show', 'dev', name])
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /static|dst/.test(line))
    .map((line) => line.replace(/ (vlan \d+|link-netnsid \d+)/g, ''))
    .sort()

const port = (bridge: string, fdb: string): string => `
version: 1
bridges: { br0: {}, br1: {} }
veths: { v: { ${bridge === '' ? '' : `bridge: ${bridge},`} ${fdb === '' ? '' : `fdb: [${fdb}],`} peer: { name: w } } }
`

const entry = "{ mac: '02:00:00:00:00:AA' }"

test("N-50 what the kernel and the bridge enter by themselves is nobody's drift", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
bridges: { br0: { addresses: [10.0.0.1/24, 'fd00::1/64'] } }
veths: { v: { bridge: br0, peer: { name: w, addresses: [10.0.0.2/24] } } }
vxlans: { x: { id: 1, bridge: br0, remotes: [10.9.9.9] } }
`
    await settle(yaml)
    prepare(
      node,
      `link set dev w address 02:00:00:00:00:33
       maddress add 33:33:00:00:00:99 dev v`,
    )
    node.exec([
      'bridge',
      'fdb',
      'add',
      '02:00:00:00:00:34',
      'dev',
      'x',
      'dst',
      '10.9.9.9',
      'dynamic',
      'self',
    ])
    node.exec(['bridge', 'fdb', 'add', '02:00:00:00:00:35', 'dev', 'v', 'master', 'dynamic'])
    node.exec(['bridge', 'fdb', 'add', '02:00:00:00:00:36', 'dev', 'v', 'master', 'extern_learn'])
    t.regex(node.exec(['bridge', 'fdb', 'show']), /33:33:00:00:00:99/)
    t.deepEqual((await node.plan(yaml)).changes, [])
  })
})

test('N-51 endpoints come and go one by one, and the rest of the list stays', async (t) => {
  await story(t, async (node, settle) => {
    const tunnel = (remotes: string, fdb = ''): string =>
      `{ version: 1, vxlans: { x: { id: 1, remotes: [${remotes}], fdb: [${fdb}] } } }`
    await settle(tunnel('10.0.0.1, 10.0.0.2'))
    t.deepEqual(await settle(tunnel('10.0.0.2, 10.0.0.3')), [
      'delete fdb 00:00:00:00:00:00 to 10.0.0.1 on x',
      'create fdb 00:00:00:00:00:00 to 10.0.0.3 on x',
    ])
    t.throws(() =>
      node.exec([
        'bridge',
        'fdb',
        'add',
        '00:00:00:00:00:00',
        'dev',
        'x',
        'dst',
        '10.0.0.2',
        'permanent',
      ]),
    )
    node.exec([
      'bridge',
      'fdb',
      'append',
      '00:00:00:00:00:00',
      'dev',
      'x',
      'dst',
      '10.0.0.9',
      'self',
      'permanent',
    ])
    t.deepEqual(await settle(tunnel('10.0.0.2, 10.0.0.3')), [
      'delete fdb 00:00:00:00:00:00 to 10.0.0.9 on x',
    ])
  })
})

test('N-51 a MAC that is behind another endpoint moves there', async (t) => {
  await story(t, async (node, settle) => {
    const tunnel = (fdb: string): string =>
      `{ version: 1, vxlans: { x: { id: 1, fdb: [${fdb}] } } }`
    const mac = "mac: '02:00:00:00:00:AA'"
    await settle(tunnel(`{ ${mac}, remote: 10.0.0.1 }`))
    await settle(tunnel(`{ ${mac}, remote: 10.0.0.2 }`))
    await settle(tunnel(`{ ${mac}, remote: 10.0.0.2, port: 8472, vni: 7 }`))
    t.deepEqual(entries(node, 'x'), [
      '02:00:00:00:00:aa dst 10.0.0.2 port 8472 vni 7 self permanent',
    ])
    node.exec([
      'bridge',
      'fdb',
      'replace',
      '02:00:00:00:00:aa',
      'dev',
      'x',
      'dst',
      '10.0.0.3',
      'self',
      'permanent',
    ])
    await settle(tunnel(`{ ${mac}, remote: 10.0.0.2 }`))
    t.deepEqual(entries(node, 'x'), ['02:00:00:00:00:aa dst 10.0.0.2 self permanent'])
  })
})

test('N-53 the static entries of a port go with it to another bridge', async (t) => {
  await story(t, async (node, settle) => {
    await settle(port('br0', entry))
    t.deepEqual(entries(node, 'v'), ['02:00:00:00:00:aa master br0 static'])
    await settle(port('br1', entry))
    t.deepEqual(entries(node, 'v'), ['02:00:00:00:00:aa master br1 static'])
    await settle(port('', ''))
    t.deepEqual(entries(node, 'v'), [])
    await settle(port('br0', entry))
    node.ip('link set dev v nomaster')
    t.deepEqual(await settle(port('br0', entry)), [
      'update link v: bridge null -> "br0"',
      'create fdb 02:00:00:00:00:aa on v',
    ])
  })
})

test("N-53 an entry of the device's own, without a master, is the kernel's kind and left alone", async (t) => {
  await story(t, async (node, settle) => {
    await settle(port('br0', entry))
    node.exec(['bridge', 'fdb', 'add', '02:00:00:00:00:bb', 'dev', 'v'])
    t.deepEqual((await node.plan(port('br0', entry))).changes, [])
  })
})

test("N-54 port and VNI of an entry are compared where they differ from the device's", async (t) => {
  await story(t, async (_, settle) => {
    const tunnel = (options: string): string =>
      `{ version: 1, vxlans: { x: { id: 5, port: 8472, fdb: [{ mac: '02:00:00:00:00:aa', remote: 10.0.0.1 ${options} }] } } }`
    await settle(tunnel(', port: 8472, vni: 5'))
    t.deepEqual(await settle(tunnel('')), [])
    t.is((await settle(tunnel(', port: 4789, vni: 6'))).length, 1)
  })
})

test('N-55 T40 static neighbours and proxies are made again after their link was down', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
bridges:
  br0:
    addresses: [10.0.0.1/24, 'fd00::1/64']
    neighbors:
      - { address: 10.0.0.9, mac: '02:00:00:00:00:09' }
      - { address: 'FD00::9', mac: '02:00:00:00:00:0A' }
      - { address: 10.0.0.8, proxy: true }
      - { address: 'fd00::8', proxy: true }
`
    await settle(yaml)
    prepare(
      node,
      `link set dev br0 down
       link set dev br0 up`,
    )
    t.deepEqual(
      show(node, 'neigh show nud permanent').filter(({ dst }) => dst !== undefined),
      [],
    )
    t.deepEqual(
      (await settle(yaml)).filter((line) => line.includes('neighbor')),
      [
        'create neighbor 10.0.0.9 on br0',
        'create neighbor fd00::9 on br0',
        'create neighbor proxy 10.0.0.8 on br0',
        'create neighbor proxy fd00::8 on br0',
      ],
    )
  })
})

test('N-55 neighbours are made again after the MAC of their link changed', async (t) => {
  await story(t, async (_, settle) => {
    const yaml = (mac: string): string => `
version: 1
veths: { v: { mac: '${mac}', addresses: [10.0.0.1/24], neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09' }, { address: 10.0.0.8, proxy: true }], peer: { name: w } } }
`
    await settle(yaml('02:00:00:00:00:01'))
    await settle(yaml('02:00:00:00:00:02'))
  })
})

test('N-55 N-59 neighbours are made again after their link lost its last IPv4 address', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (address: string): string => `
version: 1
bridges: { br0: { addresses: [${address}], neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09' }, { address: 10.0.0.8, proxy: true }] } }
`
    await settle(yaml('10.0.0.1/24'))
    node.ip('neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev br0 nud permanent')
    await settle(yaml('10.0.0.2/24'))
    t.is(show(node, 'neigh show 10.0.0.77').length, 1, 'that of somebody else too')
    await settle(yaml(''))
  })
})

test('N-32 N-55 neighbours on a bridge are made again after its ports gave it another MAC', async (t) => {
  await story(t, async (_, settle) => {
    const yaml = (ports: string): string => `
version: 1
bridges: { br0: { addresses: [10.0.0.1/24], neighbors: [{ address: 10.0.0.9, mac: '02:00:00:00:00:09' }] } }
veths: { ${ports} }
`
    await settle(yaml("a: { bridge: br0, mac: '02:00:00:00:00:05', peer: { name: a1 } }"))
    await settle(
      yaml(`a: { bridge: br0, mac: '02:00:00:00:00:05', peer: { name: a1 } },
            b: { bridge: br0, mac: '02:00:00:00:00:04', peer: { name: b1 } },
            c: { bridge: br0, mac: '02:00:00:00:00:03', peer: { name: c1 } }`),
    )
    await settle(yaml("a: { bridge: br0, mac: '02:00:00:00:00:05', peer: { name: a1 } }"))
    await settle(yaml("a: { bridge: br0, mac: '02:00:00:00:00:01', peer: { name: a1 } }"))
    await settle(yaml("a: { mac: '02:00:00:00:00:01', peer: { name: a1 } }"))
  })
})
