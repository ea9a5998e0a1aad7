import { fileURLToPath } from 'node:url'
import { formatDiagnostics } from '../../src/config/frame.ts'
import { loadConfig } from '../../src/config/load.ts'

const chain = (
  letters: string,
  make: (name: string, before: string | undefined) => string,
): string =>
  letters
    .split('')
    .map((name, index) => make(name, letters[index - 1]))
    .join('\n')

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
    Array.from({ length: 1900 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  'a line of 2 MB': () => `owner: ${'x'.repeat(2_000_000)}`,
  'a line of 5 MB': () => `owner: ${'x'.repeat(5_000_000)}`,
  'a list of 2 MB': () => `routes: [${'1, '.repeat(600_000)}]`,
  'a list of 5 MB': () => `routes: [${'1, '.repeat(1_700_000)}]`,
  'quotes of 2 MB': () => `owner: "${'\\n'.repeat(1_000_000)}"`,
  'quotes of 2 MB, and a mistake': () =>
    `owner: "${'\\n'.repeat(900_000)}"\nvars: \'${"''".repeat(90_000)}\'\n- x`,
  'a block of 2 MB': () => `owner: |\n${' x\n'.repeat(690_000)}`,
  'a file of 20 MB': () => 'x'.repeat(20_000_000),
  'empty lines': () => '\n'.repeat(2_000_000),
  comments: () => '#\n'.repeat(1_000_000),
  'many keys': () =>
    `bridges:\n${Array.from({ length: 30_000 }, (_, index) => `  b${index}: {}`).join('\n')}`,
  'many double keys': () => `bridges:\n${'  b: {}\n'.repeat(30_000)}`,
  'many mistakes': () =>
    `bridges:\n${Array.from({ length: 20_000 }, (_, index) => `  b${index}: { x: 1 }`).join('\n')}`,
  'many mistakes of one thing': () =>
    JSON.stringify({
      services: {
        web: {
          clusterIPs: ['10.96.0.1'],
          ports: [{ port: 80 }],
          endpoints: Array(150_000).fill('10.0.0.1'),
        },
      },
    }),
  'many addresses': () =>
    `bridges:\n  b:\n    addresses:\n${Array.from({ length: 30_000 }, (_, index) => `      - 10.${index >> 8}.${index & 255}.1/16`).join('\n')}`,
  'many routes': () => `routes:\n${'  - { to: 10.0.0.0/8, via: 10.0.0.1 }\n'.repeat(10_000)}`,
  'many variables': () => `vars: { a: ${'x'.repeat(10_000)} }\nowner: "${'${a}'.repeat(10_000)}"`,
  'many missing keys': () => `routes:\n${'  - { x: 1 }\n'.repeat(20_000)}`,
  'many variables in many places': () =>
    `vars: { a: ${'x'.repeat(1000)} }\nroutes:\n${'  - "${a}"\n'.repeat(50_000)}`,
  tabs: () => '\t'.repeat(1_000_000),
  anchors: () => '&a '.repeat(100_000),
  tags: () => '! '.repeat(100_000),
  carriages: () => '\r'.repeat(100_000),
}

/** What reading a bomb took. */
export interface Reading {
  /** As many times as long as a plain file of 300 routes takes, read in the same process. */
  readonly times: number
  readonly megabytes: number
  readonly said: string | undefined
}

const plain = Buffer.from(
  `routes:\n${Array.from({ length: 300 }, (_, index) => `  - { to: 10.${index >> 8}.${index & 255}.0/24, via: 10.0.0.1 }\n`).join('')}`,
)

const readOnce = async (text: Buffer): Promise<{ milliseconds: number; said: string }> => {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text), env: {} })
  const said = result.ok ? 'valid' : formatDiagnostics(result.diagnostics, result.text)
  const { user, system } = process.cpuUsage(cpu)
  // The processor's time where the machine is busy with other things, the clock's where it helps itself.
  return { milliseconds: Math.min(performance.now() - start, (user + system) / 1000), said }
}

/** A machine that is slow, or that others slow down, is as slow with a plain file. */
const read = async (text: Buffer): Promise<Reading> => {
  const unit = await readOnce(plain)
  if (unit.said !== 'valid') throw new Error(unit.said)
  const { milliseconds, said } = await readOnce(text)
  const megabytes = process.resourceUsage().maxRSS / 1024
  return { times: milliseconds / unit.milliseconds, megabytes, said: said.split('\n')[0] }
}

// Run as a program, with the name of a bomb.
const name = process.argv[1] === fileURLToPath(import.meta.url) ? process.argv[2] : undefined
if (name !== undefined) console.log(JSON.stringify(await read(Buffer.from(BOMBS[name]?.() ?? ''))))
