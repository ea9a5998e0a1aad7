import test from 'ava'
import { canonicalRule } from '../../src/iptables/canonical.ts'
import { tokenize } from '../../src/iptables/tokens.ts'
import { FORMS } from './forms/index.ts'

test('every form is read back as the table says', (t) => {
  for (const { family, written, read } of FORMS)
    t.deepEqual(canonicalRule(written, family), { ok: true, rules: read }, `${family} ${written}`)
})

test('what is read back is canonical itself', (t) => {
  for (const { family, read } of FORMS)
    for (const rule of read) t.deepEqual(canonicalRule(rule, family), { ok: true, rules: [rule] })
})

test('a rule may be given as words', (t) => {
  const words = tokenize(
    '--dport 80 -s 10.0.0.1 -m comment --comment "a b"'.replace('--', '-p tcp --'),
  )
  t.true(words.ok)
  if (!words.ok) return
  t.deepEqual(canonicalRule(words.tokens, 'inet'), {
    ok: true,
    rules: ['-s 10.0.0.1/32 -p tcp -m tcp --dport 80 -m comment --comment "a b"'],
  })
})

test('options of two matches with one name belong to the match loaded last', (t) => {
  t.deepEqual(canonicalRule('-m mark --mark 1 -m connmark --mark 2', 'inet'), {
    ok: true,
    rules: ['-m mark --mark 0x1 -m connmark --mark 0x2'],
  })
  t.like(canonicalRule('-m mark --mark 1 -m connmark --mark 2 -m mark --mark 3', 'inet'), {
    ok: false,
    message: '--mark: --mark is given twice',
    at: 46,
  })
})
