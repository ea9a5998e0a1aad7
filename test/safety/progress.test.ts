import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { showProgress } from '../../src/commands/progress.ts'
import { readDocuments } from '../documents.ts'
import { applyArguments, createStage } from './stage.ts'
import type { Stage, StartOptions } from './stage.ts'
import type { Ended } from '../run.ts'

/** An apply that takes longer than a second. */
const applySlowly = async (
  stage: Stage,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> => {
  const apply = stage.start(args, { ...options, held: true })
  await stage.reached()
  await sleep(2000)
  stage.release()
  return apply.ended
}

test('on a terminal: a line that is erased', async (t) => {
  const { code, stdout } = await applySlowly(createStage(t), applyArguments, { terminal: true })
  t.is(code, 0, stdout)
  const erased = '\r\u001B[K'
  const lines = stdout.split(erased)
  t.true(lines.length > 2, 'it is drawn, and at last erased')
  for (const line of lines.slice(1, -1)) t.regex(line, /^(at work|\d+ of \d+ steps) \(\d s\)$/)
  t.regex(lines.at(-1) ?? '', /^Done: /)
})

test('without a terminal: nothing within a minute', async (t) => {
  const { code, stdout, stderr } = await applySlowly(createStage(t), applyArguments)
  t.is(code, 0)
  t.is(stderr, '')
  t.notRegex(stdout, /\r|steps/)
})

test('as JSON: nothing beside it', async (t) => {
  const { code, stdout, stderr } = await applySlowly(createStage(t), [...applyArguments, '--json'])
  t.is(code, 0)
  t.is(stderr, '')
  t.notThrows(() => readDocuments(stdout))
  for (const line of stdout.trimEnd().split('\n')) t.notThrows(() => void JSON.parse(line), line)
})

test.serial('without a terminal: a line a minute, until it ends', (t) => {
  const { setInterval: real } = globalThis
  const told: string[] = []
  const intervals: number[] = []
  let tick = (): unknown => undefined
  const fake = (callback: () => unknown, time: number): NodeJS.Timeout => {
    tick = callback
    intervals.push(time)
    return real(() => undefined, 1e6)
  }
  globalThis.setInterval = fake as typeof setInterval
  try {
    const progress = showProgress({ write: (text) => told.push(text) })
    t.deepEqual(intervals, [60_000])
    t.deepEqual(told, [])
    tick()
    progress.update('3 of 7 steps')
    t.deepEqual(told, ['netplan: at work\n'])
    tick()
    progress.end()
    t.deepEqual(told.slice(1), ['netplan: 3 of 7 steps\n'])
  } finally {
    globalThis.setInterval = real
  }
})
