import test from 'ava'
import type { Diagnostic } from '../../src/config/diagnostics.ts'
import { formatDiagnostic, formatDiagnostics } from '../../src/config/frame.ts'

const draw = (
  line: string,
  column: number,
  endColumn?: number,
  rest: Partial<Diagnostic> = {},
): string =>
  formatDiagnostic(
    {
      severity: 'error',
      code: 'schema',
      message: 'wrong',
      location: { file: 'a.yaml', line: 2, column, ...(endColumn !== undefined && { endColumn }) },
      ...rest,
    },
    () => `first\n${line}\nthird`,
  )

test('a caret below the value, and the hint behind it', (t) => {
  t.is(
    draw('    mtuu: 1500', 5, 9, { hint: 'did you mean "mtu"?' }),
    'a.yaml:2:5: error: wrong\n  2 |     mtuu: 1500\n    |     ^^^^ did you mean "mtu"?',
  )
})

test('a tab is as wide as its carets', (t) => {
  t.is(draw('\ta: b', 2, 3), 'a.yaml:2:2: error: wrong\n  2 |     a: b\n    |     ^')
})

test('the end of a line, and a line that is not there', (t) => {
  t.is(draw('ab\r', 3, 4), 'a.yaml:2:3: error: wrong\n  2 | ab\n    |   ^')
  t.is(draw('', 1), 'a.yaml:2:1: error: wrong\n  2 |\n    | ^')
  const location = { file: 'a.yaml', line: 9, column: 1 }
  t.is(draw('', 1, 1, { location, hint: 'so' }), 'a.yaml:9:1: error: wrong\n  so')
})

test('a long line is cut around the value', (t) => {
  const line = `${'a'.repeat(300)}HERE${'b'.repeat(300)}`
  const [, shown = '', carets = ''] = draw(line, 301, 305).split('\n')
  t.true(shown.length <= 110)
  t.is(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), 'HERE')
  for (const [column, end] of [
    [1, 301],
    [305, 605],
    [1, 605],
    [604, 605],
  ] as const) {
    const [, row = '', marks = ''] = draw(line, column, end).split('\n')
    t.true(row.length <= 110, row)
    t.true(marks.length <= 110 && marks.includes('^'), marks)
  }
})

test('a long hint goes below', (t) => {
  const hint = 'word '.repeat(40).trim()
  const lines = draw('a: b', 1, 2, { hint }).split('\n')
  t.is(lines[2], '    | ^')
  t.is(
    lines
      .slice(3)
      .map((line) => line.replace(/^ {4}\| /, ''))
      .join(' '),
    hint,
  )
})

test('nothing that a terminal would obey', (t) => {
  const text = draw('a: \u001b[31m\u202e', 4, 8, {
    message: 'got \u001b]0;x\u0007',
    hint: '\u009b1m',
  })
  t.false(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(text))
})

test('two places, or none', (t) => {
  const related = { file: 'a.yaml', line: 1, column: 1, endColumn: 6 }
  t.is(
    draw('second', 1, 7, { related }),
    'a.yaml:2:1: error: wrong\n  2 | second\n    | ^^^^^^\na.yaml:1:1: also here\n  1 | first\n    | ^^^^^',
  )
  const bare: Diagnostic = { severity: 'warning', code: 'lint', message: 'odd', hint: 'so' }
  t.is(
    formatDiagnostic(bare, () => undefined),
    'warning: odd\n  so',
  )
})

test('a hundred, and the count of the rest', (t) => {
  const bare: Diagnostic = { severity: 'error', code: 'lint', message: 'x' }
  t.is(
    formatDiagnostics(Array<Diagnostic>(2).fill(bare), () => undefined),
    'error: x\n\nerror: x',
  )
  t.true(
    formatDiagnostics(Array<Diagnostic>(103).fill(bare), () => undefined).endsWith(
      '\n\nand 3 more',
    ),
  )
})
