import test from 'ava'
import fc from 'fast-check'
import {
  clusterIPsOf,
  freeClusterIP,
  freeNodePort,
  nodePortOf,
} from '../../../src/config/cluster/allocate.ts'
import { loadConfig } from '../../../src/config/load.ts'
import type { Service } from '../../../src/config/config.ts'
import { contains } from '../../../src/net/addresses.ts'
import { addressAt, placeIn, sizeOf } from '../../../src/net/subnets.ts'

const clusterIPOf = (name: string, range: string): string =>
  clusterIPsOf(name, { clusterIPs: 'auto', ports: [] }, [range])[0] ?? ''

const names = fc.stringMatching(/^[a-z]{1,8}(-[a-z0-9]{1,4})?$/)

const ranges = fc.oneof(
  fc.integer({ min: 11, max: 30 }).map((length) => `10.96.0.0/${String(length)}`),
  fc.integer({ min: 64, max: 125 }).map((length) => `fd00:96::/${String(length)}`),
)

/** As Kubernetes has it (KEP-3070): of that many addresses the low ones are for those that are written. */
const lowOf = (range: string): bigint => {
  const size = sizeOf(range)
  const part = size / 16n
  const low = part < 16n ? 16n : part > 256n ? 256n : part
  return low < size - 1n ? low : 1n
}

test('a cluster IP is in its range, above the part that is written down, and never its end', (t) => {
  fc.assert(
    fc.property(names, ranges, (name, range) => {
      const address = clusterIPOf(name, range)
      t.true(contains(range, address))
      t.true(placeIn(range, address) >= lowOf(range))
      if (range.startsWith('10.')) t.not(address, addressAt(range, -1n))
      t.is(clusterIPOf(name, range), address)
    }),
  )
})

test('a node port is one of Kubernetes, above those that are written down', (t) => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 65535 }), (name, port) => {
      const number = nodePortOf(name, { port })
      t.true(number >= 30086 && number <= 32767, String(number))
    }),
  )
})

test('known ones: what a name comes to never changes, or services move when netplan is renewed', (t) => {
  t.is(clusterIPOf('web', '10.96.0.0/16'), '10.96.176.85')
  t.is(clusterIPOf('default/web', '10.96.0.0/16'), '10.96.200.179')
  t.is(clusterIPOf('web', 'fd00:96::/112'), 'fd00:96::660e')
  t.is(nodePortOf('web', { port: 80 }), 31957)
  t.is(nodePortOf('web', { port: 80, protocol: 'tcp' }), 31957)
  t.not(nodePortOf('web', { port: 80, protocol: 'udp' }), 31957)
})

test('what is proposed is free', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 26 }), names, fc.nat(15), (length, name, more) => {
      const range = `10.96.0.0/${String(length)}`
      const near = clusterIPOf(name, range)
      const taken = new Set([near])
      for (let count = 0; count < more; count += 1) {
        const free = freeClusterIP(range, taken, near) ?? ''
        t.false(taken.has(free))
        t.true(contains(range, free))
        taken.add(free)
      }
    }),
    { numRuns: 50, includeErrorInReport: true },
  )
  t.is(freeNodePort(new Set([32767, 30086]), 32767), 30087)
})

const fileOf = (services: Readonly<Record<string, unknown>>): string => {
  const cluster = {
    podCIDR: ['10.244.0.0/16', 'fd00:244::/64'],
    serviceCIDR: ['10.96.0.0/12', 'fd00:96::/108'],
  }
  return JSON.stringify({ cluster, services })
}

const servicesOf = async (
  services: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, Service>> | undefined> => {
  const text = fileOf(services)
  const machine = { given: 'here', hostname: '', addresses: () => Promise.resolve([]) }
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text), machine })
  if (result.ok) return result.source.config.services ?? {}
  // Two that come to the same are an error, and nobody is moved aside.
  if (
    !result.diagnostics.every(({ message }) =>
      / come to one (cluster IP|node port), /.test(message),
    )
  )
    throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return undefined
}

test('what a service comes to does not depend on the others, nor on their order', async (t) => {
  const auto = { clusterIPs: 'auto', ports: [{ port: 80, nodePort: 'auto' }] }
  let compared = 0
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(names, { minLength: 1, maxLength: 12 }), async (all) => {
      const together = await servicesOf(Object.fromEntries(all.map((name) => [name, auto])))
      const reversed = await servicesOf(
        Object.fromEntries(all.toReversed().map((name) => [name, auto])),
      )
      t.is(together === undefined, reversed === undefined)
      if (!together || !reversed) return
      for (const name of all) {
        const alone = await servicesOf({ [name]: auto })
        t.deepEqual(together[name], alone?.[name])
        t.deepEqual(reversed[name], alone?.[name])
        t.is(alone?.[name]?.clusterIPs?.length, 2)
        compared += 1
      }
    }),
    { numRuns: 25, includeErrorInReport: true },
  )
  t.true(compared > 0)
})
