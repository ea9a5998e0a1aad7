import test from 'ava'
import type { ChangeDocument, PlanDocument } from '../../../src/present/document.ts'
import { mostCharacters } from '../../../src/present/pipeline/markdown.ts'
import { drawFleet } from '../../../src/present/pipeline/fleet.ts'
import { drawPlan } from '../../../src/present/pipeline/plan.ts'
import { drawProbes } from '../../../src/present/pipeline/probes.ts'
import { drawValidation } from '../../../src/present/pipeline/validation.ts'
import type { Diagnostic } from '../../../src/config/diagnostics.ts'

const githubLimit = 65_536
const setting = { version: '1.2.3', cwd: '/repository', files: ['node.yaml'] }

const makeChange = (index: number, rules: readonly string[] = []): ChangeDocument => ({
  address: `chain C${String(index)}`,
  kind: 'chain',
  title: `chain C${String(index)}`,
  group: null,
  actions: ['create'],
  cause: 'unknown',
  before: null,
  after: { rules },
  differences: [],
  adopts: false,
  reason: null,
  lockout: null,
  source: { file: 'node.yaml', line: index + 1, column: 1 },
  steps: [],
})

const makePlan = (changes: readonly ChangeDocument[]): PlanDocument => ({
  formatVersion: '1.0',
  node: 'node-1',
  owner: 'netplan',
  observed: 0,
  summary: { create: changes.length, update: 0, replace: 0, delete: 0 },
  changes,
})

const markdownOf = (
  changes: readonly ChangeDocument[],
  diagnostics: readonly Diagnostic[] = [],
): string => drawPlan({ document: makePlan(changes), diagnostics }, setting).markdown()

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

const rule = '-s 10.0.0.0/8 -m comment --comment "a rule of some length" -j ACCEPT'

const longRules = (count: number): readonly string[] =>
  numbers(count).map((index) => `${rule} # ${String(index)}`)

test('a plan of thousands fits a comment: whole diffs, and how many are left out', (t) => {
  const markdown = markdownOf(numbers(3000).map((index) => makeChange(index, longRules(3))))
  t.true(markdown.length < mostCharacters)
  t.true(markdown.length > mostCharacters * 0.95)
  t.regex(markdown, /\*\*3000 to add, /)
  t.regex(markdown, /^- and 2950 more$/m)
  const shown = markdown.match(/^\+ chain C\d+ /gm)?.length ?? 0
  t.is(markdown.match(/^\+ {5}-s .* # \d$/gm)?.length, shown * 3)
  t.regex(markdown, new RegExp(`^\\*${String(3000 - shown)} of 3000 diffs are left out`, 'm'))
  t.true(markdown.endsWith('has all.*\n'))
})

test('one that is too long alone is left out, and what is behind it is shown', (t) => {
  const changes = [makeChange(1), makeChange(2, longRules(2000)), makeChange(3, longRules(2))]
  const markdown = markdownOf(changes)
  t.true(markdown.length < mostCharacters)
  t.regex(markdown, /^- `\+ chain C2` /m)
  t.notRegex(markdown, /^\+ chain C2 /m)
  t.regex(markdown, /^\+ chain C3 .*\n\+ {5}-s .* # 0\n\+ {5}-s .* # 1$/m)
  t.regex(markdown, /^\*1 of 3 diffs are left out/m)
})

test('what fits is there, and nothing is said of a cut', (t) => {
  const markdown = markdownOf(numbers(60).map((index) => makeChange(index, longRules(2))))
  t.is(markdown.match(/^\+ chain C\d+ /gm)?.length, 60)
  t.notRegex(markdown, /left out/)
})

test('nothing that a file or a node has makes a comment too long', (t) => {
  const ticks = '`'.repeat(50_000)
  const line = 'x'.repeat(50_000)
  const warning: Diagnostic = { severity: 'warning', code: 'lint', message: `${ticks}\n${ticks}` }
  const changes = [
    { ...makeChange(1, [ticks, `a\n${ticks}\nb`]), title: `chain ${ticks}` },
    { ...makeChange(2, [line, line]), title: line },
    makeChange(3, longRules(1)),
  ]
  const diagnostics = [warning, ...numbers(500).map(() => ({ ...warning, message: line }))]
  const markdown = markdownOf(changes, diagnostics)
  t.true(markdown.length < githubLimit, String(markdown.length))
  t.regex(markdown, /^\+ chain C3 /m)

  const document = { valid: false, files: ['node.yaml'], objects: 0, diagnostics }
  t.true(drawValidation(document, setting).markdown().length < githubLimit)

  const checks = numbers(5000).map((index) => ({
    ...{ name: `check ${String(index)}`, from: null, kind: 'tcp', ok: index !== 4000 },
    ...{ detail: 'connection refused', milliseconds: null, source: null },
  }))
  const probes = drawProbes({ formatVersion: '1.0', node: 'n', passed: false, checks }, setting)
  t.true(probes.markdown().length < githubLimit)
  t.regex(probes.markdown(), /^- FAILED {2}check 4000 /m)

  const none = { create: 0, update: 0, replace: 0, delete: 0 }
  const counts = { changed: 0, new: 0, refused: 0, missing: 0, unknown: 0, removed: 0 }
  const summary = { nodes: 1, ...counts, ...none }
  const text = (): string => `${line.slice(0, 99)}\n`.repeat(5000)
  const fleet = drawFleet({ summary, outcomes: [], text }, setting).markdown()
  t.true(fleet.length < githubLimit)
  t.regex(fleet, /^and \d+ lines more$/m)
})
