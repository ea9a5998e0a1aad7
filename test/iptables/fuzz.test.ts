import test from 'ava'
import fc from 'fast-check'
import type { Family } from '../../src/net/addresses.ts'
import { canonicalRule } from '../../src/iptables/canonical.ts'
import { parseSave } from '../../src/iptables/save.ts'
import { FORMS } from './forms/index.ts'

const WORDS = [...new Set(FORMS.flatMap(({ written }) => written.split(' ')))]

const word = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...WORDS) },
  fc.constantFrom(
    '!',
    '-',
    '--',
    '-m',
    '-j',
    '""',
    '"',
    '\\',
    '__proto__',
    '--constructor',
    '-1',
    '0x',
  ),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

/** Words at random, and forms with a word changed, left out or added. */
const soup = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '))
const broken = fc
  .tuple(fc.constantFrom(...FORMS), fc.nat(), word, fc.constantFrom(0, 1))
  .map(([{ written }, place, other, dropped]) =>
    written
      .split(' ')
      .toSpliced(place % (written.split(' ').length + 1), dropped, other)
      .join(' '),
  )

const family = fc.constantFrom<Family>('inet', 'inet6')

test('no rule throws; what is taken is canonical, what is refused has a place', (t) => {
  let taken = 0
  fc.assert(
    fc.property(fc.oneof(soup, broken), family, (rule, of) => {
      const result = canonicalRule(rule, of)
      if (!result.ok) {
        t.true(result.message !== '' && result.at >= 0 && result.at <= rule.length)
        return
      }
      taken += 1
      for (const one of result.rules)
        t.deepEqual(canonicalRule(one, of), { ok: true, rules: [one] }, rule)
    }),
    { numRuns: 10_000 },
  )
  t.log(`${taken} of 10,000 were taken`)
  t.true(taken > 300)
})

test('no text of iptables-save throws', (t) => {
  const line = fc.oneof(
    fc.constantFrom(
      '*nat',
      'COMMIT',
      ':A - [0:0]',
      '-A A',
      '-A',
      '[1:2] -A A x',
      '[',
      '#',
      ':',
      '*',
    ),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      t.notThrows(() => parseSave(lines.join('\n')))
    }),
    { numRuns: 10_000 },
  )
})
