import test from 'ava'
import {
  addressesOf,
  changesOf,
  device,
  nodeFor,
  prepare,
  problemsOf,
  settle,
  show,
  story,
} from '../story.ts'
import { snapshot } from '../snapshot.ts'

const eth0 = `
  link add name eth0 type veth peer name eth1
  link set dev eth0 up
  link set dev eth1 up
  address add 10.3.0.1/24 dev eth0
  route add 10.30.0.0/16 via 10.3.0.2
  neigh add 10.3.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent`

const interfaces = (text: string, more = ''): string =>
  `{ version: 1, interfaces: { ${text} } ${more} }`

test('an existing device is configured, changed, and given back as it was', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, eth0)
    await settle(
      interfaces(
        "eth0: { mtu: 1400, mac: '02:00:00:00:00:05', addresses: [10.4.0.1/24, 'fd04::1/64'], routes: [{ to: 10.40.0.0/16, via: 10.4.0.2 }] }",
      ),
    )
    await settle(interfaces('eth0: { mtu: 1300, addresses: [10.5.0.1/24] }'))
    t.is(device(node, 'eth0').mtu, 1300)
    t.deepEqual(addressesOf(node, 'eth0'), ['10.3.0.1/24', '10.5.0.1/24'])
  })
})

test('what is no longer declared of a device goes back to what it was', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, eth0)
    const { mtu, address } = device(node, 'eth0')
    await settle(interfaces("eth0: { mtu: 1400, mac: '02:00:00:00:00:05' }"))
    await settle(interfaces('eth0: { addresses: [10.5.0.1/24] }'))
    t.deepEqual([device(node, 'eth0').mtu, device(node, 'eth0').address], [mtu, address])
    await settle(interfaces('eth0: { mtu: 1400 }'))
    await settle('{ version: 1 }')
    t.is(device(node, 'eth0').mtu, mtu)
  })
})

test('what was never declared of a device is not put back', async (t) => {
  const node = nodeFor(t)
  prepare(node, eth0)
  const yaml = interfaces('eth0: { mtu: 1400 }')
  await settle(t, node, yaml)
  node.ip('link set dev eth0 address 02:00:00:00:00:99')
  await node.destroy(yaml)
  t.is(device(node, 'eth0').address, '02:00:00:00:00:99')
})

test('an existing device becomes a port, and leaves the bridge again', async (t) => {
  await story(t, async (node, settle) => {
    prepare(
      node,
      `link add name eth0 type veth peer name eth1
       link set dev eth0 up`,
    )
    const bridges = ', bridges: { br0: {}, br1: {} }'
    await settle(
      interfaces(
        "eth0: { bridge: br0, hairpin: true, fdb: [{ mac: '02:00:00:00:00:07' }] }",
        bridges,
      ),
    )
    await settle(
      interfaces(
        "eth0: { bridge: br1, isolated: true, fdb: [{ mac: '02:00:00:00:00:07' }] }",
        bridges,
      ),
    )
    t.is(device(node, 'eth0').master, 'br1')
    await settle('{ version: 1, bridges: { br0: {}, br1: {} } }')
    t.is(device(node, 'eth0').master, undefined)
    await settle(interfaces("eth0: { bridge: br0, fdb: [{ mac: '02:00:00:00:00:07' }] }", bridges))
  })
})

test('a device that was down is set up, and down again at the end', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, 'link add name eth0 type veth peer name eth1')
    await settle(interfaces('eth0: {}'))
    t.false((device(node, 'eth0').flags as string[]).includes('UP'), 'nothing is declared of it')
    await settle(
      interfaces(
        "eth0: { addresses: [10.5.0.1/24, 'fd05::1/64'], routes: [{ to: default, via: 10.5.0.2 }] }",
      ),
    )
    t.true((device(node, 'eth0').flags as string[]).includes('UP'))
  })
})

test('lo of the node and of namespaces is configured like any device', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    await settle(`
version: 1
namespaces: { ${p}: {} }
interfaces: { lo: { addresses: [10.255.0.1/32, 'fd00::ff/128', 127.0.0.2/8], routes: [{ to: 10.250.0.0/16 }] } }
`)
    await settle(
      `{ version: 1, namespaces: { ${p}: {} }, interfaces: { lo: { namespace: ${p}, addresses: [10.255.0.2/32] } } }`,
    )
    t.deepEqual(addressesOf(node, 'lo', p), ['127.0.0.1/8', '10.255.0.2/32', '::1/128'])
    t.deepEqual(addressesOf(node, 'lo'), ['127.0.0.1/8', '::1/128'])
  })
})

test('lo of a namespace that does not exist yet is configured with it', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    await settle(
      `{ version: 1, namespaces: { ${p}: {} }, interfaces: { lo: { namespace: ${p}, mtu: 1500, addresses: [10.255.0.2/32] } } }`,
    )
    t.is(device(node, 'lo', p).mtu, 1500)
  })
})

test('an address that a device had already is not taken away with the rest', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, eth0)
    await settle(interfaces('eth0: { addresses: [10.3.0.1/24, 10.4.0.1/24] }'))
    t.deepEqual(addressesOf(node, 'eth0'), ['10.3.0.1/24', '10.4.0.1/24'])
  })
})

test('a device that is not there is a problem of the plan', async (t) => {
  const node = nodeFor(t)
  t.is(
    await problemsOf(node, interfaces('eth7: { mtu: 1400 }')),
    'there is no device eth7 on this node',
  )
})

test('a device of somebody else that is made anew under its name is not taken for the old one', async (t) => {
  const node = nodeFor(t)
  prepare(node, eth0)
  const yaml = interfaces('eth0: { mtu: 1400, addresses: [10.4.0.1/24] }')
  await settle(t, node, yaml)
  prepare(node, 'link delete dev eth0')
  prepare(node, eth0)
  prepare(node, 'address add 10.4.0.1/24 dev eth0')
  const before = snapshot(node.name)
  await node.destroy(yaml)
  t.deepEqual(snapshot(node.name), before, 'all of it is theirs')
  await settle(t, node, yaml)
  t.is(device(node, 'eth0').mtu, 1400)
})

test('a vxlan on an existing device goes and comes without touching it', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, eth0)
    await settle(
      interfaces('eth0: {}', ', vxlans: { x: { id: 1, device: eth0, group: 239.1.1.1 } }'),
    )
    t.deepEqual(changesOf(await node.plan(interfaces('eth0: {}'))), [
      'delete link x',
      'delete fdb 00:00:00:00:00:00 to 239.1.1.1 on x',
    ])
    t.is(show(node, 'route show 10.30.0.0/16').length, 1)
  })
})
