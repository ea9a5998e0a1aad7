import test from 'ava'
import { assertSame } from '../node/properties.ts'
import {
  complain,
  fight,
  findInterleaved,
  isUnfinished,
  pickBout,
  randomOf,
  watchJournal,
} from './torture.ts'
import { createArena } from './torture-arena.ts'
import type { Arena } from './torture-arena.ts'

/** `TORTURE=1000` is the real thing; what it did is done again with the `TORTURE_SEED` that it prints. */
const runs = Number(process.env['TORTURE'] ?? 24)
const seed = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000)
const atATime = 6
/** So many runs, then it is looked at. */
const wave = 12

type States = Readonly<Record<'A' | 'B' | 'none', readonly string[]>>

const succeed = async (arena: Arena, args: readonly string[]): Promise<void> => {
  const { code, stderr } = await fight(arena, { args })
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`)
}

const apply = (arena: Arena, name: 'A' | 'B'): Promise<void> =>
  succeed(arena, ['apply', '--auto-approve', '-f', arena.files[name]])

/** How the node is with each of the files, and how long an apply takes. */
const rehearse = async (
  arena: Arena,
): Promise<{ readonly states: States; readonly duration: number }> => {
  const none = arena.look()
  const began = performance.now()
  await apply(arena, 'A')
  const duration = performance.now() - began
  const A = arena.look()
  await apply(arena, 'B')
  const B = arena.look()
  await succeed(arena, ['rollback', '--auto-approve'])
  assertSame('back from B', A, arena.look())
  return { states: { A, B, none }, duration }
}

/** Lines that are not the same. */
const differ = (before: readonly string[], after: readonly string[]): readonly string[] => [
  ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
  ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
]

/** Which of the states the node is in; else the nearest one, and what is different. */
const nameOf = (arena: Arena, states: States): string => {
  const now = arena.look()
  const [nearest] = Object.entries(states)
    .map(([name, state]) => ({ name, lines: differ(state, now) }))
    .sort((a, b) => a.lines.length - b.lines.length)
  const { name = '', lines = [] } = nearest ?? {}
  return lines.length === 0 ? name : [`nearly ${name}:`, ...lines].join('\n')
}

test('applies of two files at a time, killed at random', async (t) => {
  t.timeout(60 * 60_000)
  const arena = createArena(t)
  const { states, duration } = await rehearse(arena)
  const random = randomOf(seed)
  const codes = new Map<string, number>()
  const found = new Map<string, number>()
  const count = (map: Map<string, number>, key: string): unknown =>
    map.set(key, (map.get(key) ?? 0) + 1)
  const troubles: string[] = []
  const reading = watchJournal(arena)
  t.teardown(() => reading.stop())
  const began = performance.now()

  const work = async (bouts: number[]): Promise<void> => {
    while (bouts.pop() !== undefined) {
      const bout = pickBout(arena, random, duration)
      const ended = await fight(arena, bout)
      count(codes, `${bout.args[0] ?? ''} ${ended.code}`)
      if (ended.stderr.includes('was cut short')) count(found, 'told of what was cut short')
      const trouble = complain(bout, ended)
      if (trouble !== undefined) troubles.push(trouble)
    }
  }
  /** Nobody is at it any more: the node is one or the other. */
  const settle = async (): Promise<void> => {
    arena.quiet()
    const unfinished = await isUnfinished(arena)
    const way = random() < 0.5 ? 'rollback' : random() < 0.5 ? 'A' : 'B'
    if (unfinished && way === 'rollback') await succeed(arena, ['rollback', '--auto-approve'])
    else if (unfinished) await apply(arena, way as 'A' | 'B')
    const name = nameOf(arena, states)
    count(found, `${unfinished ? `cut short, ${way}` : 'at an end'}: ${name}`)
    if (!(name in states)) throw new Error(`seed ${seed}: ${name}`)
    if (unfinished && way !== 'rollback') t.is(name, way)
  }
  for (let left = runs; left > 0; left -= wave) {
    const bouts = Array.from({ length: Math.min(wave, left) }, (_, index) => index)
    await Promise.all(Array.from({ length: atATime }, () => work(bouts)))
    await settle()
  }

  const seconds = Math.round((performance.now() - began) / 1000)
  const reads = await reading.stop()
  t.log(`seed ${seed}: ${runs} runs in ${seconds} s, the journal read ${reads} times`)
  t.log(JSON.stringify(Object.fromEntries([...codes].sort())))
  t.log(JSON.stringify(Object.fromEntries([...found].sort())))
  const writers = arena.writers()
  t.log(`${writers.length} batches of ${new Set(writers).size} writers`)
  t.deepEqual(arena.complaints(), [])
  t.deepEqual(findInterleaved(writers), [])
  t.deepEqual(troubles, [])
  await apply(arena, 'A')
  t.is(nameOf(arena, states), 'A')
  await succeed(arena, ['check', '-f', arena.files.A])
  await succeed(arena, ['destroy', '--auto-approve', '-f', arena.files.A])
  t.notThrows(() => assertSame('destroyed', states.none, arena.look()))
})
