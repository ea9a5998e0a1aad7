// Which ranges are taken, and what host-local would refuse is refused.
import test from 'ava'
import { CniError } from '../../../src/cni/errors.ts'
import { readRanges } from '../../../src/cni/ipam/ranges.ts'
import type { RangeSet } from '../../../src/cni/ipam/ranges.ts'

const read = (ipam: object, runtimeConfig: object = {}): readonly RangeSet[] =>
  readRanges({ value: { ipam, runtimeConfig }, path: '' })

const one = (range: object): readonly RangeSet[] => read({ ranges: [[range]] })

const defaults: readonly (readonly [string, object])[] = [
  ['10.1.0.0/24', { gateway: '10.1.0.1', start: '10.1.0.1', end: '10.1.0.254' }],
  ['10.1.0.4/30', { gateway: '10.1.0.5', start: '10.1.0.5', end: '10.1.0.6' }],
  ['0.0.0.0/0', { gateway: '0.0.0.1', start: '0.0.0.1', end: '255.255.255.254' }],
  ['fd00::/126', { gateway: 'fd00::1', start: 'fd00::1', end: 'fd00::3' }],
  ['fd00::/64', { gateway: 'fd00::1', start: 'fd00::1', end: 'fd00::ffff:ffff:ffff:ffff' }],
]

for (const [subnet, rest] of defaults)
  test(`${subnet}: the gateway is the first address, and all but the broadcast address are given`, (t) => {
    t.deepEqual(one({ subnet }), [[{ subnet, ...rest } as never]])
  })

test('subnets and addresses are written in one way', (t) => {
  const range = { subnet: 'FD00:0::/64', rangeStart: 'FD00::0A', gateway: 'fd00:0::1' }
  const end = 'fd00::ffff:ffff:ffff:ffff'
  t.deepEqual(one(range), [[{ subnet: 'fd00::/64', gateway: 'fd00::1', start: 'fd00::a', end }]])
})

test('ranges of the runtime come first, then the one of ipam itself, then those of `ranges`', (t) => {
  const sets = read(
    { subnet: '10.2.0.0/24', ranges: [[{ subnet: '10.3.0.0/24' }]] },
    { ipRanges: [[{ subnet: '10.1.0.0/24' }]] },
  )
  t.deepEqual(
    sets.map(([range]) => range?.subnet),
    ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24'],
  )
})

const subnet = '10.1.0.0/24'

const wrong: Readonly<Record<string, readonly [object, RegExp]>> = {
  'no subnet': [{ ranges: [[{}]] }, /ranges\[0\]\[0\]\.subnet is missing/],
  'an address': [{ ranges: [[{ subnet: '10.1.0.0' }]] }, /subnet is to be a subnet/],
  'a subnet of no length': [{ ranges: [[{ subnet: '10.1.0.0/' }]] }, /subnet is to be a subnet/],
  'a length too long': [{ ranges: [[{ subnet: '10.1.0.0/33' }]] }, /subnet is to be a subnet/],
  'no subnet at all': [{ ranges: [[{ subnet: 'nonsense' }]] }, /subnet is to be a subnet/],
  'a number': [{ ranges: [[{ subnet: 10 }]] }, /subnet is to be text/],
  'host bits': [{ ranges: [[{ subnet: '10.1.0.7/24' }]] }, /has host bits set/],
  'host bits of IPv6': [{ subnet: 'fd00::7/64' }, /ipam\.subnet has host bits set/],
  'a /31': [{ ranges: [[{ subnet: '10.1.0.0/31' }]] }, /has no room/],
  'a /32': [{ ranges: [[{ subnet: '10.1.0.0/32' }]] }, /has no room/],
  'a /127': [{ ranges: [[{ subnet: 'fd00::/127' }]] }, /has no room/],
  'a /128': [{ ranges: [[{ subnet: 'fd00::/128' }]] }, /has no room/],
  'a start that is none': [{ subnet, rangeStart: '10.1.0' }, /rangeStart is to be an address/],
  'a start outside': [{ subnet, rangeStart: '10.2.0.1' }, /rangeStart is not within 10/],
  'a start of the other family': [{ subnet, rangeStart: 'fd00::1' }, /rangeStart is not within/],
  'an end outside': [{ subnet, rangeEnd: '10.2.0.1' }, /rangeEnd is not within 10/],
  'an end before its start': [
    { subnet, rangeStart: '10.1.0.9', rangeEnd: '10.1.0.8' },
    /rangeEnd comes before rangeStart/,
  ],
  'a gateway that is none': [{ subnet, gateway: '10.1.0.1/24' }, /gateway is to be an address/],
  'a gateway of the other family': [{ subnet, gateway: 'fd00::1' }, /gateway is of another family/],
  'ranges that are no list': [{ ranges: {} }, /ranges is to be a list/],
  'a set that is no list': [{ ranges: [{ subnet }] }, /ranges\[0\] is to be a list/],
  'an empty set': [{ ranges: [[]] }, /ranges\[0\] has no range/],
  'a range that is no object': [{ ranges: [['10.1.0.0/24']] }, /\[0\]\[0\] is to be an object/],
  'a set of two families': [
    { ranges: [[{ subnet }, { subnet: 'fd00::/64' }]] },
    /a set of ranges is of one family/,
  ],
  'two that overlap in a set': [
    { ranges: [[{ subnet }, { subnet: '10.1.0.128/25' }]] },
    /two ranges overlap/,
  ],
  'two that overlap in two sets': [
    { ranges: [[{ subnet }], [{ subnet: '10.0.0.0/8', rangeEnd: '10.1.0.1' }]] },
    /two ranges overlap/,
  ],
}

for (const [title, [ipam, message]] of Object.entries(wrong))
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => read(ipam), { instanceOf: CniError, message })
    t.is(error.code, 7)
  })

test('two ranges of one subnet that share no address are taken', (t) => {
  const low = { subnet, rangeEnd: '10.1.0.100' }
  const high = { subnet, rangeStart: '10.1.0.101' }
  t.is(read({ ranges: [[low, high]] })[0]?.length, 2)
})
