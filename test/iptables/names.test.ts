import test from 'ava'
import fc from 'fast-check'
import { chainNameProblem, hashedName } from '../../src/iptables/names.ts'

test('names of chains', (t) => {
  for (const name of ['NETPLAN', 'a.b:c+d@e-F', '_', '4', 'x'.repeat(28)])
    t.is(chainNameProblem(name), undefined)
  for (const name of ['', '-a', '+a', '!a', 'a b', 'a"b', 'a/b', 'é', 'a,b', 'a\n'])
    t.regex(chainNameProblem(name) ?? '', /made of/, name)
  t.regex(chainNameProblem('x'.repeat(29)) ?? '', /at most 28 characters, and this one 29/)
  for (const name of ['ACCEPT', 'LOG', 'TEE', 'INPUT', 'POSTROUTING'])
    t.regex(chainNameProblem(name) ?? '', /target or a built-in chain/)
})

test('a hashed name stays the same from version to version', (t) => {
  t.is(hashedName('NP-SVC-', 'default/web', 'tcp', '80'), 'NP-SVC-AWP7KI5D3R3RGOZA')
  t.is(hashedName('', ''), 'XJ3IWMY73BWOZAB3')
})

test('a hashed name is a name, and tells all parts apart', (t) => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), { maxLength: 4 })
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const name = hashedName('NETPLAN-SVC-', ...one)
      t.is(chainNameProblem(name), undefined)
      t.is(
        name === hashedName('NETPLAN-SVC-', ...other),
        one.join('\n') === other.join('\n') && one.length === other.length,
      )
    }),
  )
  t.not(hashedName('', 'a', 'b'), hashedName('', 'ab'))
  t.not(hashedName('', 'a,1:b'), hashedName('', 'a', 'b'))
  t.not(hashedName(''), hashedName('', ''))
})

test('a prefix that leaves no room is a bug', (t) => {
  t.throws(() => hashedName('NETPLAN-SVCS-', 'a'), { instanceOf: RangeError })
})
