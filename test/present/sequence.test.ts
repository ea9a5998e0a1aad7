import test from 'ava'
import { foldGroups } from '../../src/present/fold.ts'
import { sequenceLines } from '../../src/present/sequence.ts'

const drawn = (before: string, after: string, full = false): string =>
  sequenceLines(Array.from(before), Array.from(after), full)
    .map(({ marker, text }) => marker + text)
    .join('|')

test('a rule put in the middle is one line, with what stands beside it', (t) => {
  t.is(drawn('abcdefgh', 'abcdXefgh'), ' ...| c| d|+X| e| f| ...')
})

test('what stays is left out beyond two lines, unless all is asked for', (t) => {
  t.is(drawn('abcdefghij', 'Xbcdefghij'), '-a|+X| b| c| ...')
  t.is(drawn('abcdefghij', 'Xabcdefghij', true), '+X| a| b| c| d| e| f| g| h| i| j')
  t.is(drawn('aXbcdefgYh', 'abcdefgh'), ' a|-X| b| c| ...| f| g|-Y| h')
})

test('nothing before, nothing after', (t) => {
  t.is(drawn('', 'ab'), '+a|+b')
  t.is(drawn('ab', ''), '-a|-b')
  t.is(drawn('', ''), '')
})

const part = (
  address: string,
  group: string | null,
  ...actions: readonly ('create' | 'update' | 'delete')[]
) => ({ address, title: `the ${address}`, group, actions })

test('the parts of a service are one object, at the place of the first', (t) => {
  const blocks = foldGroups([
    part('a', null, 'create'),
    part('b', 'service web', 'create'),
    part('c', null, 'delete', 'create'),
    part('d', 'service web', 'create'),
    part('e', 'service dns', 'create'),
    part('f', 'service dns', 'delete'),
  ])
  t.deepEqual(
    blocks.map(({ title, actions, changes }) => [title, actions.join(), changes.length]),
    [
      ['the a', 'create', 1],
      ['service web', 'create', 2],
      ['the c', 'delete,create', 1],
      ['service dns', 'update', 2],
    ],
  )
})
