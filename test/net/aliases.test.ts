import test from 'ava'
import fc from 'fast-check'
import { addressDigits, contains } from '../../src/net/addresses.ts'
import { makeAliases } from '../../src/net/aliases.ts'
import type { Aliases } from '../../src/net/aliases.ts'

/** Numbers as by chance, the same in each run. */
const seeded = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}

const aliasesOf = (text: string, kept: readonly string[] = []): Aliases =>
  makeAliases([text], { random: seeded(7), kept: new Set(kept) })

const aliasIn = (aliases: Aliases, text: string): string =>
  aliases.find(text).map(([, alias]) => alias)[0] ?? text

test('public addresses have others in their place, wherever they stand', (t) => {
  for (const line of [
    '"local":"8.8.4.4","prefixlen":24',
    '-A N -d 8.8.4.4/32 -p tcp -j DNAT --to-destination 8.8.4.4:8080',
    'src=8.8.4.4 dst=10.0.0.1',
    '8.8.4.4',
    '8.8.4.4-8.8.4.9',
    '::ffff:8.8.4.4',
    'via 2a00:1450:4001::5 dev eth0',
    '[2a00:1450:4001::5]:80',
    '2a00:1450:4001::/48',
    'SSH from 8.8.4.4 4711.',
    '--comment "host8.8.4.4x"',
  ]) {
    const { hide } = aliasesOf(line)
    t.notRegex(hide(line), /8\.8\.4|2a00:1450/, line)
    t.regex(hide(line), /\d+\.\d+\.4\.4|[0-9a-f]+:[0-9a-f]+:[0-9a-f]+::/, line)
  }
})

test('public addresses within others, and in names', (t) => {
  const text = '8.8.4.4 64:ff9b::808:404 ::ffff:808:404 ec2-8-8-4-4.example'
  const [plain = '', ...others] = aliasesOf(text).hide(text).split(' ')
  const tail = addressDigits(plain)
  t.not(plain, '8.8.4.4')
  t.is(addressDigits(others[0] ?? ''), `0064ff9b${'0'.repeat(16)}${tail}`)
  t.is(addressDigits(others[1] ?? ''), `${'0'.repeat(20)}ffff${tail}`)
  t.is(others[2], `ec2-${plain.replaceAll('.', '-')}.example`)
})

test('a network that is larger than what is replaced stays one, or stays', (t) => {
  for (const [line, pattern] of [
    ['45.0.0.0/8', /^(?!45)[0-9]+\.0\.0\.0\/8$/],
    ['45.82.0.0/15', /^(?!45)[0-9]+\.[0-9]*[02468]\.0\.0\/15$/],
    ['2a01:4f8::/32', /^(?!2a01)[0-9a-f]+:[0-9a-f]+::\/32$/],
    ['NP111-T-2d000000-8', /^NP111-T-(?!2d)[0-9a-f]{2}000000-8$/],
    // As of those who have all of the Internet go by a tunnel.
    ['128.0.0.0/1', /^128\.0\.0\.0\/1$/],
    ['2000::/3', /^2000::\/3$/],
    // The address of a device has bits behind the length.
    ['45.83.7.12/8', /^(?!45)[0-9]+\.[0-9]+\.7\.12\/8$/],
  ] as const)
    t.regex(aliasesOf(line).hide(line), pattern)
})

test('what is private, for everybody, or no address stays', (t) => {
  const lines = [
    ...['10.1.2.3/8', '192.168.0.1', '172.16.0.0/12', '127.0.0.1', '169.254.1.1', '100.64.0.1'],
    ...['192.0.2.1', '198.51.100.1', '203.0.113.9', '239.1.1.1', '0.0.0.0/0', '255.255.255.255'],
    ...['fe80::1', 'fd00:244::1/64', 'ff02::1', '::1', '2001:db8::1', '::/0'],
    ...['33:33:00:00:00:01', '01:00:5e:00:00:fb', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00'],
    ...['10-1-2-3', '2026-11-21', '1-2-3-4-5', 'enx0a58', 'xenx001122334455', '0a580a580a58'],
    ...['6.1.0', 'iproute2-6.1.0', '1.2.3.4.5', '12:30:45', 'a:b', '999.1.1.1', '03:04:05'],
  ]
  for (const line of lines) {
    const { hide, find } = aliasesOf(line)
    t.is(hide(line), line)
    t.deepEqual(find(line), [])
  }
})

test('a MAC address is replaced with all that is made of it', (t) => {
  const text = [
    '00:1b:21:aa:bb:cc',
    '00:1B:21:AA:BB:CC',
    'fe80::21b:21ff:feaa:bbcc',
    '2a00:1450:4001:5:21b:21ff:feaa:bbcc',
    '33:33:ff:aa:bb:cc',
    'ff02::1:ffaa:bbcc',
    '8000.0:1b:21:aa:bb:cc',
  ].join('\n')
  const hidden = aliasesOf(text).hide(text)
  t.notRegex(hidden, /1b:?21|aa:?bb|bb:?cc/i)
  const [mac = '', upper, local = '', global = '', group, asked, bridge = ''] = hidden.split('\n')
  t.is(upper, mac)
  t.regex(mac, /^[0-9a-f][048c](:[0-9a-f]{2}){5}$/)
  const tail = mac.split(':').slice(3).join('')
  t.true(addressDigits(local).endsWith(`fffe${tail}`))
  t.is(addressDigits(global).slice(16), addressDigits(local).slice(16))
  t.is(group?.replaceAll(':', ''), `3333ff${tail}`)
  t.is(addressDigits(asked ?? '').slice(-6), tail)
  const parts = bridge.replace('8000.', '').split(':')
  t.is(parts.map((part) => part.padStart(2, '0')).join(':'), mac)
})

test('a MAC address in the name of a device', (t) => {
  const text = 'enx001b21aabbcc 00:1b:21:aa:bb:cc'
  const [name, mac = ''] = aliasesOf(text).hide(text).split(' ')
  t.not(mac, '00:1b:21:aa:bb:cc')
  t.is(name, `enx${mac.replaceAll(':', '')}`)
})

test('a MAC address that is only known by an IPv6 address is none that is left', (t) => {
  const text = 'via fe80::21b:21ff:feaa:bbcc'
  t.notRegex(aliasesOf(text).hide(text), /21b|aa:|bbcc/)
})

test('kept MAC addresses stay, and what was made of them', (t) => {
  const text = '0a:58:0a:f4:01:00 fe80::858:aff:fef4:100 8000.a:58:a:f4:1:0'
  t.is(aliasesOf(text, ['0a:58:0a:f4:01:00']).hide(text), text)
})

test('made up stays made up, and one for many one for many', (t) => {
  for (const mac of ['02:00:00:00:00:01', '03:00:00:00:00:01', '00:16:3e:00:00:01']) {
    const alias = aliasIn(aliasesOf(mac), mac)
    t.not(alias, mac)
    t.is(parseInt(alias.slice(0, 2), 16) & 3, parseInt(mac.slice(0, 2), 16) & 3)
  }
})

const octet = fc.integer({ min: 0, max: 255 })
const address = fc
  .tuple(fc.constantFrom(8, 8, 9, 172, 192, 203, 223), octet, octet, octet)
  .map((parts) => parts.join('.'))

test('addresses stay in order, apart, and in the networks that they are in', (t) => {
  const property = fc.property(
    fc.uniqueArray(address, { minLength: 2, maxLength: 12 }),
    fc.integer({ min: 16, max: 32 }),
    (all, length) => {
      const aliases = aliasesOf(all.join(' '))
      const hidden = all.map((one) => aliases.hide(one))
      t.is(new Set(hidden).size, all.length)
      const sorted = (list: readonly string[]): readonly number[] =>
        list
          .map((one, index) => [addressDigits(one), index] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, index]) => index)
      t.deepEqual(sorted(hidden), sorted(all))
      const [first = '', second = ''] = all
      const [one = '', other = ''] = hidden
      t.is(contains(`${one}/${length}`, other), contains(`${first}/${length}`, second))
    },
  )
  t.notThrows(() => {
    fc.assert(property, { numRuns: 300 })
  })
})

test('the names of our chains go along with the addresses that they are made of', (t) => {
  const text = '-d 8.8.4.4/32 -g NP111-T-08080404-32'
  const hidden = aliasesOf(text).hide(text)
  const [, shown = '', digits = ''] = /-d (\S+)\/32 -g NP111-T-([0-9a-f]+)-32/.exec(hidden) ?? []
  t.is(addressDigits(shown), digits)
  t.not(shown, '8.8.4.4')
})
