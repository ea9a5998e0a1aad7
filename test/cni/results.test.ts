// Results, as each version of the specification has them.
import test from 'ava'
import { decode } from '../../src/cni/decode.ts'
import { formatResult, readResult } from '../../src/cni/result.ts'
import type { Result } from '../../src/cni/result.ts'
import { isFrom, isVersion, versions } from '../../src/cni/versions.ts'

const result: Result = {
  interfaces: [
    { name: 'cni0', mac: '02:00:00:00:00:01', mtu: 1400 },
    { name: 'eth0', mac: '02:00:00:00:00:02', mtu: 1400, sandbox: '/run/netns/a', pciID: '0:1.2' },
  ],
  ips: [
    { address: '10.1.0.2/24', gateway: '10.1.0.1', interface: 1 },
    { address: 'fd00::2/64', interface: 1 },
  ],
  routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1', mtu: 1300, priority: 5, scope: 0 }, { dst: '::/0' }],
  dns: { nameservers: ['10.1.0.53'], domain: undefined, search: [] },
}

const old = {
  interfaces: [
    { name: 'cni0', mac: '02:00:00:00:00:01' },
    { name: 'eth0', mac: '02:00:00:00:00:02', sandbox: '/run/netns/a' },
  ],
  ips: [
    { version: '4', address: '10.1.0.2/24', gateway: '10.1.0.1', interface: 1 },
    { version: '6', address: 'fd00::2/64', interface: 1 },
  ],
  routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1' }, { dst: '::/0' }],
  dns: { nameservers: ['10.1.0.53'] },
}

const { interfaces, ips, routes, dns } = old

const formats = {
  '0.3.0': old,
  '0.3.1': old,
  '0.4.0': old,
  '1.0.0': { interfaces, ips: ips.map(({ version: _, ...ip }) => ip), routes, dns },
  '1.1.0': {
    interfaces: result.interfaces,
    ips: result.ips,
    routes: result.routes,
    dns: { nameservers: ['10.1.0.53'] },
  },
}

for (const version of versions)
  test(`${version}: what is known of a result, and no more`, (t) => {
    t.deepEqual(JSON.parse(JSON.stringify(formatResult(result, version))), {
      cniVersion: version,
      ...formats[version],
    } as never)
  })

for (const version of versions)
  test(`${version}: a result is read as it was written`, (t) => {
    const written = formatResult(result, version)
    const read = readResult(decode(JSON.stringify(written)))
    t.deepEqual(formatResult(read, version), written)
  })

test('what is empty is left out, but for dns, which was always there', (t) => {
  const empty = { interfaces: [], ips: [], routes: [], dns: {} }
  t.deepEqual(formatResult(empty, '1.1.0'), { cniVersion: '1.1.0', dns: {} })
})

test('addresses of others are read in any spelling', (t) => {
  const json = {
    ips: [{ address: 'FD00:0::02/64', gateway: 'fd00:0:0::1' }],
    routes: [{ dst: '0:0::/0', gw: 'FD00::1' }],
  }
  const read = readResult(decode(JSON.stringify(json)))
  t.deepEqual(formatResult(read, '1.0.0'), {
    cniVersion: '1.0.0',
    ips: [{ address: 'fd00::2/64', gateway: 'fd00::1' }],
    routes: [{ dst: '::/0', gw: 'fd00::1' }],
    dns: {},
  })
})

test('versions come in their order', (t) => {
  t.true(isFrom('1.0.0', '0.4.0'))
  t.true(isFrom('0.4.0', '0.4.0'))
  t.false(isFrom('0.3.1', '0.4.0'))
  t.true(isVersion('0.3.0'))
  t.false(isVersion('0.2.0'))
})
