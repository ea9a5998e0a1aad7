import test from 'ava'
import fc from 'fast-check'
import { isIP } from 'node:net'
import {
  canonicalAddress,
  canonicalInterfaceAddress,
  canonicalPrefix,
  contains,
  familyOf,
  hasHostBits,
  isAddress,
  isInterfaceAddress,
  isLinkLocal,
  isMulticast,
  isPrefix,
  isUnspecified,
  networkOf,
} from '../../src/net/addresses.ts'

const rejects = test.macro((t, accepts: (text: string) => boolean, texts: readonly string[]) => {
  for (const text of texts) t.false(accepts(text), text)
})

const accepts = test.macro((t, isValid: (text: string) => boolean, texts: readonly string[]) => {
  for (const text of texts) t.true(isValid(text), text)
})

const maps = test.macro(
  (t, map: (text: string) => string, rows: readonly (readonly [string, string])[]) => {
    for (const [from, to] of rows) t.is(map(from), to)
  },
)

test('addresses', accepts, isAddress, [
  '0.0.0.0',
  '255.255.255.255',
  '::',
  '::1',
  '1::',
  '1:2:3:4:5:6:7:8',
  '::ffff:1.2.3.4',
  '1:2:3:4:5:6:1.2.3.4',
  'FE80::1',
  '1::8:9',
])
test('no addresses', rejects, isAddress, [
  '',
  '1',
  '10.1',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '0x1.2.3.4',
  ' 1.2.3.4',
  '1.2.3.4 ',
  ':',
  ':::',
  '1:2',
  '::1::',
  '1:2:3:4:5:6:7:8:9',
  '::00001',
  '::g',
  '::1.2.3',
  '::01.2.3.4',
  '1.2.3.4::',
  '::1%eth0',
  '::1/64',
  '1:2:3:4:5:6:7::8:9',
  '1'.repeat(99),
])
test('interface addresses', accepts, isInterfaceAddress, [
  '10.0.0.1/0',
  '10.0.0.1/32',
  '::1/128',
  'fd00::1/64',
])
test('no interface addresses', rejects, isInterfaceAddress, [
  '10.0.0.1',
  '10.0.0.1/33',
  '::/129',
  '10.0.0.1/',
  '10.0.0.1/08',
  '10.0.0.1/+8',
  '10.0.0.1/8/8',
  'default',
  '10.0.0.1/255.0.0.0',
])
test('prefixes', accepts, isPrefix, [
  'default',
  '10.0.0.0/8',
  '10.0.0.5/24',
  '10.0.0.1',
  '::/0',
  '::1',
])
test('no prefixes', rejects, isPrefix, ['', 'Default', '10.0.0.0/33', '10/8', 'all'])

test('canonical addresses', maps, canonicalAddress, [
  ['10.0.0.1', '10.0.0.1'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['::ffff:102:304', '::ffff:1.2.3.4'],
  ['::ffff:0:1:2', '::ffff:0:1:2'],
  ['::1.2.3.4', '::1.2.3.4'],
  ['::1:2', '::0.1.0.2'],
  ['::1', '::1'],
  ['fe80::', 'fe80::'],
])

test('canonical interface addresses', maps, canonicalInterfaceAddress, [
  ['2001:DB8::0:1/64', '2001:db8::1/64'],
  ['10.0.0.1/24', '10.0.0.1/24'],
])

test('canonical prefixes', maps, canonicalPrefix, [
  ['default', '0.0.0.0/0'],
  ['10.0.0.1', '10.0.0.1/32'],
  ['FD00::1', 'fd00::1/128'],
  ['FD00::/64', 'fd00::/64'],
])

test('default of IPv6', (t) => {
  t.is(canonicalPrefix('default', 'inet6'), '::/0')
})

test('networks', maps, networkOf, [
  ['10.0.0.5/24', '10.0.0.0/24'],
  ['10.255.255.255/9', '10.128.0.0/9'],
  ['10.0.0.5/0', '0.0.0.0/0'],
  ['10.0.0.5', '10.0.0.5/32'],
  ['fd00::ffff:5/113', 'fd00::ffff:0/113'],
  ['default', '0.0.0.0/0'],
])

test('what a prefix contains', (t) => {
  t.true(contains('10.0.0.0/8', '10.1.2.3'))
  t.true(contains('10.0.0.0/8', '10.1.2.3/24'))
  t.true(contains('default', '10.1.2.3'))
  t.true(contains('fd00::/8', 'fdff::1'))
  t.false(contains('10.0.0.0/8', '11.0.0.0'))
  t.false(contains('0.0.0.0/0', '::1'))
  t.false(contains('::/0', '10.0.0.1'))
})

test('kinds of addresses', (t) => {
  t.is(familyOf('default'), 'inet')
  t.is(familyOf('::/0'), 'inet6')
  t.true(isMulticast('239.1.1.1/8'))
  t.true(isMulticast('ff02::1'))
  t.false(isMulticast('223.255.255.255'))
  t.true(isUnspecified('::/0'))
  t.false(isUnspecified('::1'))
  t.true(isLinkLocal('fe80::1'))
  t.true(isLinkLocal('169.254.1.1'))
  t.false(isLinkLocal('fec0::1'))
  t.true(hasHostBits('10.0.0.1/24'))
  t.false(hasHostBits('10.0.0.1'))
})

test('what is no address is a bug', (t) => {
  t.throws(() => canonicalAddress('10.1'), { message: /^bug: "10.1"/ })
})

const address = fc.oneof(fc.ipV4(), fc.ipV6())
const nearlyAddress = fc
  .tuple(address, fc.nat(), fc.constantFrom('', ':', '.', '0', '%', '/', 'f', '::', '25'))
  .map(([text, at, inserted]) => {
    const index = at % (text.length + 1)
    return text.slice(0, index) + inserted + text.slice(index + (at % 2))
  })

test('an address is what inet_pton takes', (t) => {
  fc.assert(
    fc.property(fc.oneof(address, nearlyAddress), (text) => {
      t.is(isAddress(text), isIP(text) !== 0 && !text.includes('%'), text)
    }),
    { numRuns: 5000 },
  )
})

test('canonical text is canonical, and of the same address', (t) => {
  fc.assert(
    fc.property(address, fc.nat(32), (text, length) => {
      const canonical = canonicalAddress(text)
      t.is(canonicalAddress(canonical), canonical)
      t.true(contains(text, canonical))
      const prefix = canonicalPrefix(`${text}/${length}`)
      t.is(canonicalPrefix(prefix), prefix)
      t.is(networkOf(networkOf(prefix)), networkOf(prefix))
      t.true(contains(networkOf(prefix), text))
    }),
  )
})

test('what is done with numbers is what is done byte by byte', (t) => {
  const octet = fc.oneof(fc.constantFrom(0, 1, 127, 128, 254, 255), fc.nat(255))
  const address = fc.tuple(octet, octet, octet, octet).map((bytes) => bytes.join('.'))
  const length = fc.nat(32)
  fc.assert(
    fc.property(address, length, address, length, (one, size, other, bits) => {
      const prefix = `${one}/${size}`
      t.is(hasHostBits(prefix), networkOf(prefix) !== prefix)
      t.is(canonicalPrefix(prefix), prefix)
      t.is(canonicalAddress(other), other)
      // As far as a prefix that both may be in, for most are in none together.
      const near = networkOf(`${other}/${bits}`)
      const isIn = networkOf(`${one}/${bits}`) === near
      t.is(contains(near, one), isIn)
      t.is(contains(near, `${one}/${size}`), isIn)
      t.false(contains('::/0', other))
      t.false(contains(prefix, `::${other}`))
    }),
  )
  t.true(contains('default', '203.0.113.1'))
  t.false(hasHostBits('default'))
  t.false(hasHostBits('203.0.113.1'))
})
