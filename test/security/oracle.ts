import { isDeepStrictEqual } from 'node:util'
import { makeBatches } from '../../src/apply/batch.ts'
import type { Batch } from '../../src/apply/batch.ts'
import type { Change, Plan } from '../../src/plan/plan.ts'
import type { Step } from '../../src/resources/kind.ts'
import { findMisread } from './grammar.ts'
import { bytesOf, readBatch, readParameters, readRestore } from './readers.ts'
import type { Operation } from './readers.ts'

/** Throws with both where they differ. */
const same = (what: string, found: unknown, expected: unknown): void => {
  if (isDeepStrictEqual(found, expected)) return
  throw new Error(`${what}:\n  ${JSON.stringify(found)}\n  and not\n  ${JSON.stringify(expected)}`)
}

const claim = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(what)
}

const restores = /^ip6?tables(-nft|-legacy)?-restore$/

export const isRestore = ({ argv: [program = ''] }: Step): boolean => restores.test(program)

const tables: readonly (string | undefined)[] = ['raw', 'mangle', 'nat', 'filter']
const builtIns = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

/** What stands before the chain that a jump of ours leads to. */
const jumps = ['-j', '-m conntrack --ctstate NEW -j']

const asRule = (rule: string): string[] => readParameters(bytesOf(rule))

interface Rules {
  readonly table?: string
  readonly chain?: string
  readonly attributes: { readonly rules?: readonly string[] }
}

/** A chain of ours is declared and filled, or declared and deleted, and nothing else. */
const checkChain = (operations: readonly Operation[], { before, after }: Change): void => {
  const { table = '', chain = '', attributes } = (after ?? before) as unknown as Rules
  const rules = after ? (attributes.rules ?? []) : []
  const declared = { table, what: 'declare', chain, words: ['-', '[0:0]'] }
  const filled = rules.map((rule) => ({ table, what: '-A', chain, words: asRule(rule) }))
  const last = after ? filled : [{ table, what: '-X', chain, words: [] }]
  same(`the chain ${chain}`, operations, [declared, ...last])
}

/** In a chain that is not ours, jumps to chains of ours come and go. */
const checkJump = (
  operations: readonly Operation[],
  { before, after }: Change,
  id: number,
): void => {
  const { table = '', chain = '' } = (after ?? before) as unknown as Rules
  for (const operation of operations) {
    const { what, words } = operation
    same('the place of a jump', [operation.table, operation.chain], [table, chain])
    const rule = what === '-I' ? words.slice(1) : words
    const target = rule.at(-1) ?? ''
    const before = rule.slice(0, -1).join(' ')
    claim(`no place: ${JSON.stringify(words)}`, what !== '-I' || /^[0-9]+$/.test(words[0] ?? ''))
    claim(`a built-in chain: ${chain}`, builtIns.includes(chain))
    claim(`no jump of ours: ${JSON.stringify(operation)}`, jumps.includes(before))
    claim(`a chain of ours: ${target}`, target.startsWith(`NP${String(id)}-`))
    claim(`an edit of a chain: ${what}`, ['-A', '-I', '-D'].includes(what))
  }
}

const checkRestore = (step: Step, change: Change, id: number): void => {
  const operations = readRestore(step.stdin ?? '')
  claim(
    'only known tables',
    operations.every(({ table }) => tables.includes(table)),
  )
  same('options', step.argv.slice(1), ['--noflush', '-w', '5'])
  if (change.kind === 'chain') {
    const sides = [change.before, change.after] as unknown as readonly (Rules | undefined)[]
    const name = sides.find((side) => side)?.chain ?? ''
    claim(`a chain of ours: ${name}`, name.startsWith(`NP${String(id)}-`))
    checkChain(operations, change)
  } else if (change.kind === 'jump') checkJump(operations, change, id)
  else throw new Error(`${change.kind} writes rules`)
}

/** What is in front of the first `=` is the parameter that was asked for. */
const checkSysctl = (step: Step, { after }: Change): void => {
  const { path } = after as unknown as { readonly path: string }
  const [assignment = ''] = step.argv.slice(2)
  same('the kernel parameter', assignment.slice(0, assignment.indexOf('=')), path)
}

const keyOf = (operation: Operation): string => JSON.stringify(operation)

/** What several steps do in one text is what they do one by one, and nothing beside. */
const checkMerged = ({ command, steps }: Batch): void => {
  const { argv, stdin = '' } = command(0)
  for (const { step } of steps) same('one program', step.argv, argv)
  const merged = readRestore(stdin)
  const single = steps.flatMap(({ step }) => readRestore(step.stdin ?? ''))
  const declared = (all: readonly Operation[]): string[] =>
    [...new Set(all.filter(({ what }) => what === 'declare').map(keyOf))].sort()
  const others = (all: readonly Operation[]): string[] =>
    all
      .filter(({ what }) => what !== 'declare')
      .map(keyOf)
      .sort()
  same('declarations', declared(merged), declared(single))
  same('edits', others(merged), others(single))
  const ends = new Set(merged.map(({ table }) => table)).size * 2
  const empty = stdin.split('\n').length - 1 - ends
  same('a line for each of them', empty, merged.length)
}

const checkBatch = (batch: Batch): void => {
  const { argv, stdin } = batch.command(0)
  const [first] = batch.steps
  if (argv.at(-2) === '-batch') {
    const begin = argv.slice(0, -2)
    const commands = readBatch(stdin ?? '').map((words) => [...begin, ...words])
    same(
      'the lines of a batch',
      commands,
      batch.steps.map(({ step }) => step.argv),
    )
    same('as many lines as steps', stdin?.split('\n').length, batch.steps.length + 1)
  } else if (first && isRestore(first.step)) checkMerged(batch)
  else {
    same('a step by itself', batch.steps.length, 1)
    same('its words', [argv, stdin], [first?.step.argv, first?.step.stdin])
  }
}

/** Throws where a step of the plan, or what programs are fed for it, says more or else than it is for. */
export const checkPlan = ({ changes, steps, owner }: Plan): void => {
  const byIdentity = new Map(changes.map((change) => [change.identity, change]))
  for (const { identity, step } of steps) {
    const change = byIdentity.get(identity)
    claim(`nobody's step: ${identity}`, change !== undefined)
    if (!change) return
    if (isRestore(step)) checkRestore(step, change, owner.id)
    else {
      const misread = findMisread(step.argv)
      if (misread !== undefined) throw new Error(`${misread}\n  ${JSON.stringify(step.argv)}`)
    }
    if (step.argv[0] === 'sysctl') checkSysctl(step, change)
  }
  const batches = makeBatches(steps)
  same(
    'all steps, in order',
    batches.flatMap((batch) => batch.steps),
    steps,
  )
  for (const batch of batches) checkBatch(batch)
}

const free = ['--comment', '--log-prefix', '--nflog-prefix']

/** The free text of a rule, as iptables reads it. */
export const freeTextsOf = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, index) =>
    free.includes(words[index - 1] ?? '') && !free.includes(words[index - 2] ?? '') ? [word] : [],
  )

/** That of all rules in chains for rules of the file. */
export const writtenTexts = ({ steps }: Plan): readonly string[] => {
  const all = steps
    .filter(({ step }) => isRestore(step))
    .flatMap(({ step }) => readRestore(step.stdin ?? ''))
    .filter(({ what, chain }) => what === '-A' && /^NP[0-9]+-(USER|LAST|A)-/.test(chain))
    .flatMap(({ words }) => freeTextsOf(words))
  return [...new Set(all)].sort()
}
