import test from 'ava'
import { loadConfig } from '../../../src/config/load.ts'
import type { Config } from '../../../src/config/config.ts'

const partOf = async (cluster: object, given: string): Promise<Config> => {
  const text = JSON.stringify({ cluster })
  const machine = { given, hostname: '', addresses: () => Promise.resolve([]) }
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text), machine })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.source.config
}

const waysOf = ({ routes = [], vxlans = {} }: Config): unknown => ({
  direct: routes.map(({ to, via }) => `${to} via ${via ?? ''}`),
  tunnel: vxlans['vxlan1']?.routes?.map(({ to }) => to) ?? [],
})

const cluster = {
  podCIDR: ['10.244.0.0/16', 'fd00:244::/48'],
  podCIDRFrom: 'position',
  nodeCIDR: ['192.168.0.0/24', '192.168.1.0/24', 'fd00:0:0:a::/64', 'fd00:0:0:b::/64'],
  backend: { type: 'vxlan', directRouting: true },
}

test('directRouting takes the way of each family by itself', async (t) => {
  const nodes = {
    self: { address: ['192.168.0.1', 'fd00:0:0:a::1'] },
    near: { address: ['192.168.0.2', 'fd00:0:0:a::2'] },
    half: { address: ['192.168.0.3', 'fd00:0:0:b::3'] },
    other: { address: ['192.168.1.4', 'fd00:0:0:a::4'] },
    far: { address: ['192.168.1.5', 'fd00:0:0:b::5'] },
  }
  const part = await partOf({ ...cluster, nodes }, 'self')
  t.deepEqual(waysOf(part), {
    direct: [
      '10.244.1.0/24 via 192.168.0.2',
      'fd00:244:0:1::/64 via fd00:0:0:a::2',
      '10.244.2.0/24 via 192.168.0.3',
      'fd00:244:0:3::/64 via fd00:0:0:a::4',
    ],
    tunnel: ['fd00:244:0:2::/64', '10.244.3.0/24', '10.244.4.0/24', 'fd00:244:0:4::/64'],
  })
  // Who has an entry for one family only, is the same tunnel by the same MAC address.
  t.deepEqual(
    part.vxlans?.['vxlan1']?.fdb?.map(({ mac }) => mac),
    ['0a:58:0a:f4:02:00', '0a:58:0a:f4:03:00', '0a:58:0a:f4:04:00'],
  )
})

test('IPv6 pods of nodes with IPv4 alone take the tunnel, and IPv4 pods of nodes with IPv6 alone do not', async (t) => {
  const four = { self: { address: '192.168.0.1' }, near: { address: '192.168.0.2' } }
  t.deepEqual(waysOf(await partOf({ ...cluster, nodes: four }, 'self')), {
    direct: ['10.244.1.0/24 via 192.168.0.2'],
    tunnel: ['fd00:244:0:1::/64'],
  })
  const six = { self: { address: 'fd00:0:0:a::1' }, near: { address: 'fd00:0:0:a::2' } }
  t.deepEqual(waysOf(await partOf({ ...cluster, nodes: six }, 'self')), {
    direct: ['10.244.1.0/24 via fd00:0:0:a::2', 'fd00:244:0:1::/64 via fd00:0:0:a::2'],
    tunnel: [],
  })
})
