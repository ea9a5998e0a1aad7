import test from 'ava'
import { escapeAll, escapeControls, escapeLine } from '../../src/net/controls.ts'

test('what a terminal would obey is shown', (t) => {
  t.is(escapeControls('a\u202Eb\u001B[2J\u009Bc\td\n'), 'a\\u202eb\\u001b[2J\\u009bc\td\n')
})

test('in every text of a document', (t) => {
  const document = { 'a\u0000': 1, names: ['\u200Fx', { name: '\u2066y' }], none: null, deep: true }
  t.deepEqual(escapeAll(document), {
    'a\u0000': 1,
    names: ['\\u200fx', { name: '\\u2066y' }],
    none: null,
    deep: true,
  })
})

test('what is to stay on its line makes no other', (t) => {
  t.is(escapeLine('br0\n::error::x\ty'), 'br0\\u000a::error::x\\u0009y')
})
