// Runs ava and reports: failures in full, tests that are slow, and as the last line the totals.
// A file that crashes, hangs or has no test counts as a failure, and so does a run without any test.

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const SLOW_MS = 2000
const SLOWEST = 10

// What was compiled of a test that is gone since would go on running.
for (const file of readdirSync('build/test', { recursive: true })) {
  const source = `test/${file.replace(/js$/, 'ts')}`
  if (file.endsWith('.test.js') && !existsSync(source)) rmSync(`build/test/${file}`)
}

// A source file stands for what it compiles to.
const compiled = (argument) => argument.replace(/^(?:\.\/)?(test\/.*)\.ts$/, 'build/$1.js')

const arguments_ = process.argv.slice(2).map(compiled)

// Ava's TAP output is the contract for machines, but it breaks on a timeout (7.0.0), and has no durations.
// What it prints for people is stable without a terminal: a line per test, the details after all.
const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', ...arguments_], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, TERM: 'dumb', FORCE_COLOR: undefined },
})

const totals = { passed: 0, failed: 0, skipped: 0 }
const slow = []

const milliseconds = (duration) => {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  return [...duration.matchAll(/([\d.]+)(ms|[smh])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * units[unit],
    0,
  )
}

const passed = (line) => {
  totals.passed++
  const [, title, duration] = /^ {2}✔ (.*?)(?: \(([\d.hms ]+)\))?$/.exec(line) ?? []
  if (duration !== undefined && milliseconds(duration) >= SLOW_MS) slow.push({ title, duration })
}

const FAILURES = [
  /^ {2}✘ \[(?:fail|unexpected pass)\]/,
  /^ {2}◌ /, // was pending when the run timed out
  /^ {2}✘ .* exited (?:with|due to)/, // a crash, or an error that nothing caught
  /^ {2}✘ No tests found in /,
]

createInterface({ input: ava.stdout }).on('line', (line) => {
  const isPass = line.startsWith('  ✔ ')
  if (isPass) passed(line)
  if (line.startsWith('  - [skip]')) totals.skipped++
  if (FAILURES.some((failure) => failure.test(line))) totals.failed++
  // Of a whole run only what needs reading; of a few files everything.
  if (!isPass || arguments_.length > 0) console.log(line)
})

ava.on('close', (code, signal) => {
  // An end that no line above tells of: a timeout, a bad option, no file found.
  if ((code !== 0 || totals.passed === 0) && totals.failed === 0) {
    totals.failed = 1
    console.log(`\nava ended with ${signal ?? `code ${code}`}`)
  }

  slow.sort((a, b) => milliseconds(b.duration) - milliseconds(a.duration))
  for (const { title, duration } of slow.slice(0, SLOWEST))
    console.log(`slow: ${duration} ${title}`)
  if (totals.skipped > 0) console.log(`${totals.skipped} skipped`)
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exitCode = totals.failed > 0 ? 1 : 0
})
