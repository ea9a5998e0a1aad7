import test from 'ava'
import { loadConfig } from '../../../src/config/load.ts'
import { addressesOf, nodeFor, prepare, show, story } from '../story.ts'

const diagnose = async (yaml: string): Promise<string> => {
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(yaml) })
  const diagnostics = result.ok ? result.warnings : result.diagnostics
  return diagnostics.map(({ severity, message }) => `${severity}: ${message}`).join('\n')
}

test('T27 STP with a forward delay of 0 is refused before the node is read', async (t) => {
  const yaml = '{ version: 1, bridges: { br0: { stp: true, forwardDelay: 0 } } }'
  t.regex(await diagnose(yaml), /^error: forwardDelay must be from 2 to 30 with stp/)
})

test('T30 an address on a port is a warning', async (t) => {
  const yaml =
    '{ version: 1, bridges: { br0: {} }, veths: { v: { bridge: br0, addresses: [10.0.0.1/24], peer: { name: w } } } }'
  t.regex(await diagnose(yaml), /^warning: veth v is a port of bridge br0/)
})

test('T31 the primary address is moved and removed, and the secondary ones stay', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (...addresses: string[]): string =>
      `{ version: 1, bridges: { br0: { addresses: [${addresses.join(', ')}], routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }] } } }`
    const [a, b, c] = ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24'] as const
    for (const addresses of [[a, b, c], [b, a, c], [b, c], [c], [c, a], [a, b, c]]) {
      await settle(yaml(...addresses))
      t.is(addressesOf(node, 'br0')[0], addresses[0])
      t.is(addressesOf(node, 'br0').length, addresses.length)
    }
    node.ip('address delete 10.0.0.1/24 dev br0')
    t.deepEqual(addressesOf(node, 'br0'), [])
    await settle(yaml(a, b, c))
    node.ip('address delete 10.0.0.1/24 dev br0')
    node.ip('address add 10.0.0.3/24 dev br0')
    await settle(yaml(a, b, c))
    t.is(addressesOf(node, 'br0')[0], a)
  })
})

test("T32 another prefix length keeps the routes by the gateway, ours and others'", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (length: number): string => `
version: 1
bridges: { br0: { addresses: [10.0.0.1/${length}, 'fd00::1/${length + 40}'], routes: [{ to: default, via: 10.0.0.9 }, { to: '::/0', via: 'fd00::9' }] } }
`
    await settle(yaml(24))
    prepare(
      node,
      `route add 10.77.0.0/16 via 10.0.0.77
       route add fd77::/64 via fd00::77`,
    )
    for (const length of [16, 24, 8]) await settle(yaml(length))
    t.is(show(node, 'route show 10.77.0.0/16').length, 1)
    t.is(show(node, '-6 route show fd77::/64').length, 1)
  })
})

test('T33 T34 are N-28, N-58 and N-60a: what came by itself is left alone', async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name eth0 type veth peer name eth1
     link set dev eth0 up
     link set dev eth1 up`,
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.regex(node.ip('address show dev eth0'), /fe80::/)
  t.deepEqual((await node.plan('{ version: 1, interfaces: { eth0: {} } }')).changes, [])
})
