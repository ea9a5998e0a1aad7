import test from 'ava'
import fc from 'fast-check'
import { canonicalAddress, contains, familyOf, type Family } from '../../src/net/addresses.ts'
import {
  addressAt,
  countSubnets,
  lengthOf,
  numberOf,
  placeIn,
  sizeOf,
  subnetAt,
} from '../../src/net/subnets.ts'

const widthOf = (family: Family): number => (family === 'inet' ? 32 : 128)

const prefixes: fc.Arbitrary<string> = fc
  .constantFrom('inet' as const, 'inet6' as const)
  .chain((family) => {
    const width = widthOf(family)
    const whole = family === 'inet' ? '0.0.0.0/0' : '::/0'
    return fc
      .tuple(fc.bigInt(0n, (1n << BigInt(width)) - 1n), fc.integer({ min: 0, max: width }))
      .map(([number, length]) => {
        const rest = BigInt(width - length)
        return `${addressAt(whole, (number >> rest) << rest)}/${String(length)}`
      })
  })

const placesIn = (prefix: string): fc.Arbitrary<bigint> => fc.bigInt(0n, sizeOf(prefix) - 1n)

test('an address is as far into a prefix as the place that it was taken from', (t) => {
  fc.assert(
    fc.property(
      prefixes.chain((prefix) => fc.tuple(fc.constant(prefix), placesIn(prefix))),
      ([prefix, place]) => {
        const address = addressAt(prefix, place)
        t.true(contains(prefix, address))
        t.is(canonicalAddress(address), address)
        t.is(placeIn(prefix, address), place)
        t.is(addressAt(prefix, place - sizeOf(prefix)), address)
      },
    ),
  )
})

test('the parts of a prefix are within it, apart, and as many as are counted', (t) => {
  fc.assert(
    fc.property(prefixes, fc.integer({ min: 0, max: 10 }), (prefix, more) => {
      const length = Math.min(lengthOf(prefix) + more, widthOf(familyOf(prefix)))
      const count = countSubnets(prefix, length)
      const parts = Array.from({ length: Number(count) }, (_, place) =>
        subnetAt(prefix, length, BigInt(place)),
      )
      t.is(new Set(parts).size, Number(count))
      t.is(BigInt(parts.length) * sizeOf(parts[0] ?? ''), sizeOf(prefix))
      for (const part of parts) t.true(contains(prefix, addressAt(part, 0n)))
      t.is(addressAt(parts.at(-1) ?? '', -1n), addressAt(prefix, -1n))
    }),
    { numRuns: 50 },
  )
})

test('known ones', (t) => {
  t.is(addressAt('10.244.7.0/24', 1n), '10.244.7.1')
  t.is(addressAt('10.244.7.0/24', -1n), '10.244.7.255')
  t.is(addressAt('fd00:244::/64', 256n), 'fd00:244::100')
  t.is(placeIn('192.168.0.0/22', '192.168.1.1'), 257n)
  t.is(subnetAt('10.0.0.0/16', 24, 2n), '10.0.2.0/24')
  t.is(subnetAt('fd00:244::/48', 64, 257n), 'fd00:244:0:101::/64')
  t.is(countSubnets('10.0.0.0/16', 24), 256n)
  t.is(countSubnets('10.0.0.0/24', 23), 0n)
  t.is(lengthOf('10.0.0.1'), 32)
  t.is(lengthOf('fd00::1'), 128)
  t.is(numberOf('0.0.1.0'), 256n)
})
