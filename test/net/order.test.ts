import test from 'ava'
import fc from 'fast-check'
import { compareNames } from '../../src/net/order.ts'

test('numbers count by value, all else by code unit', (t) => {
  const ordered = [
    '',
    '-',
    'A',
    'a',
    'a-1',
    'a01',
    'a1',
    'a1b',
    'a2',
    'a2.3',
    'a2.10',
    'a10',
    'ab',
    'b',
    'é',
  ]
  t.deepEqual(ordered.toReversed().toSorted(compareNames), ordered)
  t.is(compareNames('veth10', 'veth10'), 0)
  t.true(compareNames('10.9.0.0/16', '10.10.0.0/16') < 0)
  t.true(compareNames('fd00::1', 'fd00:1::1') < 0)
  t.true(compareNames('x99999999999999999998', 'x99999999999999999999') < 0)
})

const name = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'b', '.'), maxLength: 8 })

test('is an order: total, antisymmetric, transitive', (t) => {
  const check = fc.property(name, name, name, (a, b, c) => {
    t.is(Math.sign(compareNames(a, b)), -Math.sign(compareNames(b, a)) + 0)
    t.is(compareNames(a, b) === 0, a === b)
    if (compareNames(a, b) < 0 && compareNames(b, c) < 0) t.true(compareNames(a, c) < 0)
  })
  fc.assert(check, { numRuns: 3000 })
})
