import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { loadConfig } from '../../src/config/load.ts'
import { parseJson } from '../../src/config/json.ts'
import {
  entriesOf,
  entryAt,
  findAt,
  itemsOf,
  seekPlace,
  toPlain,
  type Located,
  type Path,
} from '../../src/config/located.ts'
import { spanOf, type Place } from '../../src/config/source.ts'
import { readByOther, type Read } from './jsonc.ts'

// What is read as JSON is what another parser reads, each value and each key at its place, whatever
// is asked for first; and what has anything wrong with it is refused.

const atOf = (place: Place): readonly [number, number] => {
  const { start, end } = spanOf(place)
  return [start, end]
}

const describe = (node: Located): Read => {
  const at = atOf(node.place)
  if (node.kind === 'scalar') {
    return { kind: 'scalar', value: node.value, text: node.text, at }
  }
  if (node.kind === 'list') return { kind: 'list', items: itemsOf(node).map(describe), at }
  const entries = [...entriesOf(node)].map(
    ([name, { key, value }]) => [name, atOf(key), describe(value)] as const,
  )
  return { kind: 'map', entries, at }
}

const plainOf = (read: Read): unknown => {
  if (read.kind === 'scalar') return read.value
  return read.kind === 'list'
    ? read.items.map(plainOf)
    : Object.fromEntries(read.entries.map(([name, , value]) => [name, plainOf(value)]))
}

/** Each path of a document, with where its key and its value stand. */
const listPlaces = (
  read: Read,
  path: Path = [],
): readonly (readonly [path: Path, key: Read['at'], value: Read['at']])[] => {
  if (read.kind === 'scalar') return []
  const parts =
    read.kind === 'list'
      ? read.items.map((item, index) => [index, item.at, item] as const)
      : read.entries
  return parts.flatMap(([name, key, value]) => [
    [[...path, name], key, value.at] as const,
    ...listPlaces(value, [...path, name]),
  ])
}

const compare = (t: ExecutionContext, text: string): boolean => {
  const file = { name: 'x.json', text }
  const expected = readByOther(text)
  const read = parseJson(file)
  if (!expected || !read) {
    t.is(read && describe(read), undefined, text)
    t.is(expected, undefined, text)
    return false
  }
  t.deepEqual(toPlain(read), plainOf(expected), text)
  for (const [path, key, value] of listPlaces(expected)) {
    t.deepEqual(atOf(seekPlace(read, path, 'key')!), key, text)
    t.deepEqual(atOf(seekPlace(read, path, 'value')!), value, text)
    t.is(seekPlace(read, [...path, 'no such key'], 'value'), undefined)
  }
  t.deepEqual(describe(read), expected, text)
  return true
}

const SOUND = [
  '{}',
  ' \t\r\n{ } \n',
  '{"a":{},"b":[],"":null}',
  '{"a":[true,false,null,0,-0,1.50,1E3,-2e-7,12345678901234567890,1e999]}',
  '{"a" : [ "x" , {"b":"y"} ]\r\n,\n"c"\t:1 }',
  '{"b":1,"10":2,"a":{"2":0,"1":[0],"x":0},"9":3,"-1":4,"01":5}',
  '{"__proto__":{"constructor":1},"constructor":{"__proto__":[]},"toString":"hasOwnProperty"}',
  '{"a":"\\"","b\\"":"\\\\","c\\\\":"\\\\\\"","\\\\":"{","}":"[:,]","\\u0041":":"}',
  '{"a:":"b:c","d":["e:", ",", "\\":"],"f":"\\\\:"}',
  '{"\\ud83d\\ude00":"\\uD83D\\uDE00","é":"😀 é \u2028 \u2029 \u0085 \u00a0"}',
  '{"a":"tab\\t nl\\n \\/ \\b\\f\\r \\u0000 \\u007f"}',
  '{"a":"\u007f"}',
  JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, { n }]))),
  JSON.stringify({ list: Array.from({ length: 40 }, (_, n) => [n, `${n}`]), 7: { 8: 9 } }),
  `{"a":${'['.repeat(50)}${']'.repeat(50)}}`,
  `{"a":${'['.repeat(500)}${']'.repeat(500)}}`,
]

for (const [index, text] of SOUND.entries()) {
  test(`sound ${index}`, (t) => {
    t.true(compare(t, text))
  })
}

const UNSOUND = [
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"x":[{"a":{},"b":0,"a":{}}]}',
  '{"__proto__":1,"__proto__":2}',
  '{"1":0,"2":0,"1":0}',
  '{"":0,"":0}',
  '{"a":"\\ud83d"}',
  '{"a":"\ud83d"}',
  '{"\\ude00":1}',
  '{"\ude00":1}',
  '{"a":[["\\uDE00\\uD83D"]]}',
  '{"a":1,}',
  '{"a":[1,]}',
  '{"a":1} // c',
  '{/* c */"a":1}',
  '{"a":1}{}',
  '{"a":01}',
  '{"a":+1}',
  '{"a":.5}',
  '{"a":1.}',
  '{"a":0x10}',
  '{"a":NaN}',
  "{'a':1}",
  '{a:1}',
  '{"a":"\t"}',
  '{"a":"\n"}',
  '{"a":"\\x"}',
  '{"a":"\\u12"}',
  '{"a":"b}',
  '{"a":\u00a01}',
  '\ufeff{"a":1}',
  '{"a":1}\ufeff',
  '{"a":1',
  '{"a" 1}',
  '{',
  '',
  '[]',
  '"a"',
  'null',
]

for (const [index, text] of UNSOUND.entries()) {
  test(`unsound ${index}: ${JSON.stringify(text)}`, (t) => {
    t.false(compare(t, text))
  })
}

test('however deep it is nested, nothing breaks', (t) => {
  for (const depth of [1001, 5000, 200_000]) {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const text = `{"a":${open.repeat(depth)}0${close.repeat(depth)}}`
      t.is(parseJson({ name: 'x.json', text }), undefined)
    }
  }
})

/** What confuses those who look for the end of a string, or of a mapping. */
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab1:{}[],"\\/ \n\té\u2028'.split(''), '😀') }),
  fc.constantFrom('__proto__', 'constructor', '0', '10', '9', '4294967294', '4294967295', '-1'),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.constantFrom(null, true, false, 0, -0.5, 1e21),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('any'), { maxLength: 5 }),
  map: fc.array(fc.tuple(word, tie('any')), { maxLength: 5 }).map((pairs) => ({ pairs })),
}))

const blank = fc.stringMatching(/^[ \t\r\n]{0,2}$/)

/** A JSON text, keys in any order, some of them twice. */
const print = (given: unknown, space: () => string): string => {
  if (Array.isArray(given)) {
    return `[${space()}${given.map((one) => print(one, space)).join(`${space()},${space()}`)}${space()}]`
  }
  if (typeof given !== 'object' || given === null) return JSON.stringify(given)
  const { pairs } = given as { pairs: readonly (readonly [string, unknown])[] }
  const members = pairs.map(
    ([name, one]) => `${JSON.stringify(name)}${space()}:${space()}${print(one, space)}`,
  )
  return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`
}

const document = fc
  .tuple(value.map, fc.array(blank, { minLength: 1, maxLength: 7 }))
  .map(([map, blanks]) => {
    let next = 0
    return print(map, () => blanks[next++ % blanks.length]!)
  })

test('generated documents', (t) => {
  let sound = 0
  fc.assert(
    fc.property(document, (text) => {
      sound += Number(compare(t, text))
    }),
    { numRuns: 2000 },
  )
  t.true(sound > 500, `${sound} of 2000 are sound`)
})

test('generated documents with a mistake', (t) => {
  const piece = fc.constantFrom(...'"\\:,{}[]0a \n'.split(''), '\\"', '"":0,', '\\ud83d', '/**/')
  fc.assert(
    fc.property(document, fc.nat(), fc.nat(3), piece, (text, at, length, inserted) => {
      const start = at % (text.length + 1)
      compare(t, text.slice(0, start) + inserted + text.slice(start + length))
      return true
    }),
    { numRuns: 4000 },
  )
})

test('one value is found without the others, and in any order', (t) => {
  const text = '{"a":{"x":[1,{"y":"z"}]},"7":{"b":[true]},"3":null}'
  const root = parseJson({ name: 'x.json', text })!
  const shown = (...path: (string | number)[]): string => {
    const found = findAt(root, path)
    if (!found) return 'nothing'
    const parts = [...(found.key ? [found.key] : []), found.value.place]
    return parts.map((place) => text.slice(...atOf(place))).join(' ')
  }
  t.is(shown('3'), '"3" null')
  t.is(shown('7', 'b', 0), 'true')
  t.is(shown('a', 'x', 1, 'y'), '"y" "z"')
  t.is(shown('a', 'x', '1'), '{"y":"z"}')
  t.is(shown('a', 'x', 2), 'nothing')
  t.is(shown('a', 'x', 'length'), 'nothing')
  t.is(shown('a', 'toString'), 'nothing')
  t.is(shown('a', '__proto__'), 'nothing')
  t.is(shown('3', 'x'), 'nothing')
  t.deepEqual([...entriesOf(root as never).keys()], ['a', '7', '3'])
  t.is(entryAt(root as never, 'hasOwnProperty'), undefined)
})

test('variables of a JSON file are replaced, and all else stays where it is', async (t) => {
  const text = JSON.stringify({
    vars: { net: '10.1', mtu: 1400 },
    bridges: {
      '2': { addresses: ['${net}.0.1/24'], mtu: '${mtu}' },
      '1': { addresses: ['10.2.0.1/24'], mtu: 1500 },
    },
    routes: [{ to: '10.9.0.0/16', via: '10.2.0.2' }],
  }).replace('"2":', '"b2":')
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text) })
  if (!result.ok) return t.fail(JSON.stringify(result.diagnostics))
  const { config, locate } = result.source
  t.deepEqual(config.bridges, {
    '1': { addresses: ['10.2.0.1/24'], mtu: 1500 },
    b2: { addresses: ['10.1.0.1/24'], mtu: 1400 },
  })
  const columnOf = (needle: string): number => text.indexOf(needle) + 1
  t.is(locate(['bridges', 'b2', 'mtu'])?.column, columnOf('"${mtu}"'))
  t.is(locate(['bridges', '1'], 'key')?.column, columnOf('"1":'))
  t.is(locate(['routes', 0, 'via'])?.column, columnOf('"10.2.0.2"'))
  t.is(locate(['routes', 1]), undefined)
})
