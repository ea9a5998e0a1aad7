import test from 'ava'
import fc from 'fast-check'
import { quote, tokenize } from '../../src/iptables/tokens.ts'

const words = (text: string): readonly string[] | string => {
  const read = tokenize(text)
  return read.ok ? read.tokens.map((token) => token.text) : read.message
}

const CASES: readonly (readonly [text: string, words: readonly string[]])[] = [
  ['', []],
  ['  -s \t 10.0.0.1  ', ['-s', '10.0.0.1']],
  ['"a b"', ['a b']],
  ['""', ['']],
  ['a"b c"', ['ab c']],
  ['"a"b', ['a', 'b']],
  ['"a""b"', ['a', 'b']],
  [String.raw`"a\"b\\c\'d\e"`, [String.raw`a"b\c'de`]],
  [String.raw`a\b`, [String.raw`a\b`]],
  ["'a b'", ["'a", "b'"]],
  ['! -s', ['!', '-s']],
]

test('words are read as iptables-restore reads them', (t) => {
  for (const [text, expected] of CASES) t.deepEqual(words(text), expected, text)
})

test('a word knows its place', (t) => {
  const read = tokenize(' -s  "a b" c')
  t.true(read.ok)
  if (read.ok)
    t.deepEqual(
      read.tokens.map((token) => token.at),
      [1, 5, 11],
    )
})

test('what cannot be written is refused', (t) => {
  t.like(tokenize('a "b'), { ok: false, message: 'this quote is never closed', at: 2 })
  t.like(tokenize('"a\\'), { ok: false, at: 0 })
  t.like(tokenize('a\nb'), { ok: false, at: 1 })
  t.like(tokenize('a\0'), { ok: false, at: 1 })
})

test('what is quoted is read back', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/[\0-\x08\n-\x1f\x7f]/.test(text) && Buffer.byteLength(text) < 1000)
      t.deepEqual(words(`-x ${quote(text)} y`), ['-x', text, 'y'])
    }),
  )
})

test('only what needs quotes gets them', (t) => {
  t.is(quote('a-B_9'), 'a-B_9')
  t.is(quote(''), '""')
  t.is(quote('a b'), '"a b"')
  t.is(quote('a.b'), '"a.b"')
  t.is(quote(`'"\\`), String.raw`"\'\"\\"`)
})
