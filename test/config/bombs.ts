import { formatDiagnostics } from '../../src/config/frame.ts'
import { loadConfig } from '../../src/config/load.ts'

const chain = (
  letters: string,
  make: (name: string, before: string | undefined) => string,
): string => [...letters].map((name, index) => make(name, letters[index - 1])).join('\n')

/** Texts that are small to write and large to read, or just large. */
export const BOMBS: Readonly<Record<string, () => string>> = {
  laughs: () =>
    chain(
      'abcdefghijklmnop',
      (name, before) =>
        `${name}: &${name} [${Array(10)
          .fill(before ? `*${before}` : 'lol')
          .join(', ')}]`,
    ),
  'merged laughs': () =>
    chain(
      'abcdefghijklmnop',
      (name, before) =>
        `${name}: &${name} {${before ? `<<: [*${before}, *${before}], x${name}: *${before}` : 'lol: 1'}}`,
    ),
  'long chain': () =>
    Array.from(
      { length: 20_000 },
      (_, index) => `k${index}: &k${index} [${index > 0 ? `*k${index - 1}` : ''}]`,
    ).join('\n'),
  'many aliases': () => `a: &a {}\nb: [${'*a, '.repeat(90_000)}]`,
  brackets: () => '['.repeat(100_000),
  'closed brackets': () => 'a: ' + '['.repeat(100_000) + ']'.repeat(100_000),
  braces: () => '{a: '.repeat(100_000),
  dashes: () => '- '.repeat(100_000),
  questions: () => '? '.repeat(100_000),
  'steps down': () =>
    Array.from({ length: 3000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  'a line of 5 MB': () => `owner: ${'x'.repeat(5_000_000)}`,
  'a list of 5 MB': () => `routes: [${'1, '.repeat(1_700_000)}]`,
  'quotes of 15 MB': () => `owner: "${'\\n'.repeat(7_500_000)}"`,
  'a block of 15 MB': () => `owner: |\n${' x\n'.repeat(5_000_000)}`,
  'more than 16 MiB': () => 'x'.repeat(17 * 1024 * 1024),
  'empty lines': () => '\n'.repeat(10_000_000),
  comments: () => '#\n'.repeat(5_000_000),
  'many keys': () =>
    `bridges:\n${Array.from({ length: 30_000 }, (_, index) => `  b${index}: {}`).join('\n')}`,
  'many double keys': () => `bridges:\n${'  b: {}\n'.repeat(30_000)}`,
  'many mistakes': () =>
    `bridges:\n${Array.from({ length: 20_000 }, (_, index) => `  b${index}: { x: 1 }`).join('\n')}`,
  'many addresses': () =>
    `bridges:\n  b:\n    addresses:\n${Array.from({ length: 30_000 }, (_, index) => `      - 10.${index >> 8}.${index & 255}.1/16`).join('\n')}`,
  'many routes': () => `routes:\n${'  - { to: 10.0.0.0/8, via: 10.0.0.1 }\n'.repeat(10_000)}`,
  'many variables': () => `vars: { a: ${'x'.repeat(10_000)} }\nowner: "${'${a}'.repeat(10_000)}"`,
  tabs: () => '\t'.repeat(1_000_000),
  anchors: () => '&a '.repeat(100_000),
  tags: () => '! '.repeat(100_000),
  carriages: () => '\r'.repeat(100_000),
}

// Run by bombs.test.ts, one bomb a process: what one leaves in the memory is not the next one's.
const name = process.argv[2]
if (name !== undefined) {
  const text = Buffer.from(BOMBS[name]?.() ?? '')
  // The text is the test's own; what counts is what reading it takes on top.
  const before = process.memoryUsage.rss()
  const start = performance.now()
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text), env: {} })
  const drawn = result.ok ? 'valid' : formatDiagnostics(result.diagnostics, result.text)
  const milliseconds = performance.now() - start
  const megabytes = process.resourceUsage().maxRSS / 1024
  console.log(
    JSON.stringify({
      milliseconds,
      megabytes,
      before: before / 2 ** 20,
      first: drawn.split('\n')[0],
    }),
  )
}
