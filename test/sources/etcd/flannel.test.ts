import test from 'ava'
import { loadConfig } from '../../../src/config/load.ts'
import { clusterOf } from '../../../src/sources/etcd/flannel.ts'
import type { Entry } from '../../../src/sources/etcd/session.ts'

const prefix = '/coreos.com/network/'

let revision = 0n
const entry = (key: string, value: unknown): Entry => ({
  key: prefix + key,
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  revision: ++revision,
})

/** Which nodes share a subnet is nothing that flannel writes down. */
const subnets = { name: 'node.yaml', text: 'cluster: { nodeCIDR: [192.0.2.0/25, 192.0.2.128/25] }' }

const hostGateway = entry('config', { Network: '10.5.0.0/16', Backend: { Type: 'host-gw' } })

const hostLease = (key: string, address: string, more = {}): Entry =>
  entry(`subnets/${key}`, { PublicIP: address, PublicIPv6: null, BackendType: 'host-gw', ...more })

const clusterIn = (...entries: readonly Entry[]): unknown => {
  const [document] = clusterOf(entries, prefix)
  return document && (JSON.parse(document.text) as { cluster: unknown }).cluster
}

test('host-gw: a node for each lease, by its address', async (t) => {
  const entries = [
    hostGateway,
    hostLease('10.5.34.0-24', '192.0.2.1'),
    hostLease('10.5.72.0-24', '192.0.2.2'),
  ]
  t.deepEqual(clusterIn(...entries), {
    podCIDR: '10.5.0.0/16',
    backend: 'hostGateway',
    nodes: {
      'flannel-192-0-2-1': { address: '192.0.2.1', podCIDR: '10.5.34.0/24' },
      'flannel-192-0-2-2': { address: '192.0.2.2', podCIDR: '10.5.72.0/24' },
    },
  })
  const machine = {
    given: undefined,
    hostname: 'x',
    addresses: () => Promise.resolve(['192.0.2.2']),
  }
  const loaded = await loadConfig({ files: [], texts: clusterOf(entries, prefix), machine })
  t.true(loaded.ok)
  t.deepEqual(loaded.ok && loaded.source.config.routes, [{ to: '10.5.34.0/24', via: '192.0.2.1' }])
})

test('vxlan: as flannel calls the device, with its port and the MAC addresses of the leases', async (t) => {
  const backend = { Type: 'vxlan', VNI: 7, Port: 0, DirectRouting: true, MTU: 1400 }
  const lease = (key: string, address: string, mac: string): Entry =>
    entry(`subnets/${key}`, {
      PublicIP: address,
      BackendType: 'vxlan',
      BackendData: { VNI: 7, VtepMAC: mac },
    })
  const entries = [
    entry('config', { Network: '10.5.0.0/16', Backend: backend }),
    lease('10.5.1.0-24', '192.0.2.1', '82:4b:b6:2f:54:4e'),
    lease('10.5.2.0-24', '192.0.2.130', '82:4b:b6:2f:54:4f'),
  ]
  t.deepEqual(clusterIn(...entries), {
    podCIDR: '10.5.0.0/16',
    backend: { type: 'vxlan', id: 7, name: 'flannel.7', port: 8472, directRouting: true },
    mtu: 1350,
    nodes: {
      'flannel-192-0-2-1': {
        address: '192.0.2.1',
        podCIDR: '10.5.1.0/24',
        vtepMAC: '82:4b:b6:2f:54:4e',
      },
      'flannel-192-0-2-130': {
        address: '192.0.2.130',
        podCIDR: '10.5.2.0/24',
        vtepMAC: '82:4b:b6:2f:54:4f',
      },
    },
  })
  const machine = {
    given: undefined,
    hostname: 'x',
    addresses: () => Promise.resolve(['192.0.2.1']),
  }
  const loaded = await loadConfig({
    files: [],
    texts: [subnets, ...clusterOf(entries, prefix)],
    machine,
  })
  t.true(loaded.ok)
  t.like(loaded.ok && loaded.source.config.vxlans?.['flannel.7'], {
    mac: '82:4b:b6:2f:54:4e',
    fdb: [{ mac: '82:4b:b6:2f:54:4f', remote: '192.0.2.130' }],
  })
})

test('Go reads names in any case, and so it is written', (t) => {
  const config = entry('config', {
    network: '10.5.0.0/16',
    backend: { type: 'VXLAN', vni: 3, port: 4789, directRouting: false },
  })
  const lease = entry('subnets/10.5.1.0-24', { publicip: '192.0.2.1', backendtype: 'vxlan' })
  t.like(clusterIn(config, lease), { backend: { id: 3, port: 4789, name: 'flannel.3' } })
})

test('both families, where flannel has them', (t) => {
  const config = entry('config', {
    EnableIPv6: true,
    Network: '10.5.0.0/16',
    IPv6Network: 'fd00:5::/48',
    Backend: { Type: 'host-gw' },
  })
  const lease = hostLease('10.5.1.0-24&fd00:5:0:1::-64', '192.0.2.1', { PublicIPv6: '2001:db8::1' })
  t.like(clusterIn(config, lease), {
    podCIDR: ['10.5.0.0/16', 'fd00:5::/48'],
    nodes: {
      'flannel-192-0-2-1': {
        address: ['192.0.2.1', '2001:db8::1'],
        podCIDR: ['10.5.1.0/24', 'fd00:5:0:1::/64'],
      },
    },
  })
})

test('what flannel left from before is none of its nodes: of another backend, network, or an older lease', (t) => {
  const older = hostLease('10.5.1.0-24', '192.0.2.1')
  const newer = hostLease('10.5.9.0-24', '192.0.2.1')
  const strange = entry('subnets/notes', 'not a lease')
  const others = [
    hostLease('10.6.1.0-24', '192.0.2.3'),
    hostLease('10.5.4.0-24', '192.0.2.4', { BackendType: 'vxlan' }),
  ]
  t.like(clusterIn(hostGateway, newer, older, strange, ...others), {
    nodes: { 'flannel-192-0-2-1': { podCIDR: '10.5.9.0/24' } },
  })
  t.deepEqual(clusterOf([hostGateway, ...others], prefix), [])
})

test('nothing is nothing, and what cannot be read is no less than it was', (t) => {
  const lease = hostLease('10.5.1.0-24', '192.0.2.1')
  t.deepEqual(clusterOf([], prefix), [])
  t.deepEqual(clusterOf([hostGateway], prefix), [])
  const refused = (pattern: RegExp, ...entries: readonly Entry[]): void => {
    const error = t.throws(() => clusterOf(entries, prefix), { message: pattern })
    t.like(error, { reason: 'unreadable' })
  }
  refused(/network\/config is not there/, lease)
  refused(
    /10\.5\.2\.0-24 is no JSON object/,
    hostGateway,
    lease,
    entry('subnets/10.5.2.0-24', '{"Pub'),
  )
  refused(/no address as its PublicIP/, hostGateway, hostLease('10.5.2.0-24', 'nowhere'))
  refused(/no prefix as its Network/, entry('config', { Backend: { Type: 'host-gw' } }), lease)
  refused(/type "udp" is nothing/, entry('config', { Network: '10.5.0.0/16' }), lease)
  refused(/type "wireguard"/, entry('config', { Backend: { Type: 'wireguard' } }), lease)
  const dual = { Network: '10.5.0.0/16', EnableIPv6: true, Backend: { Type: 'vxlan' } }
  refused(/IPv6 over vxlan/, entry('config', dual), lease)
})
