import { setTimeout as sleep } from 'node:timers/promises'
import { isOpenEnded, readJournal } from '../../src/apply/journal.ts'
import type { Ended } from '../run.ts'
import type { Arena } from './torture-arena.ts'

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number

const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)] as T

/** What a program is to be hit by. */
interface Blow {
  readonly signal: NodeJS.Signals
  /** Whether the time counts from its first write, or from its start. */
  readonly writing: boolean
  /** Milliseconds. */
  readonly delay: number
  /** Once more, so long after. */
  readonly again?: number | undefined
}

export interface Bout {
  readonly args: readonly string[]
  readonly blow?: Blow | undefined
}

const pickBlow = (random: Random, duration: number): Blow => {
  const signal = pick(random, ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const)
  const writing = random() < 0.7
  const delay = random() * (writing ? duration / 2 : duration * 3)
  return { signal, writing, delay, again: random() < 0.2 ? random() * 100 : undefined }
}

const patient = ['--lock-timeout', '2m']

/** One run of the program, and what it meets. @param duration of an apply, in milliseconds */
export const pickBout = ({ files }: Arena, random: Random, duration: number): Bout => {
  const file = files[pick(random, ['A', 'B'] as const)]
  const turn = random()
  if (turn < 0.1) return { args: ['check', '-f', file] }
  const wait = pick(random, [[], ['--lock-timeout', '1s'], patient, patient])
  const common = ['--auto-approve', ...wait]
  const blow = random() < 0.5 ? pickBlow(random, duration) : undefined
  if (turn < 0.2) return { args: ['rollback', ...common], blow }
  if (turn < 0.24) return { args: ['destroy', '-f', file, ...common], blow }
  return { args: ['apply', '-f', file, ...common], blow }
}

const strike = async (
  { child, isWriting }: ReturnType<Arena['start']>,
  { signal, writing, delay, again }: Blow,
): Promise<void> => {
  const isThere = (): boolean => child.exitCode === null && child.signalCode === null
  while (writing && isThere() && !isWriting()) await sleep(5)
  await sleep(delay)
  child.kill(signal)
  if (again === undefined) return
  await sleep(again)
  child.kill(signal)
}

/** Lets one run come to its end, whatever it meets. */
export const fight = async (arena: Arena, { args, blow }: Bout): Promise<Ended> => {
  const fighter = arena.start(args)
  const struck = blow ? strike(fighter, blow) : undefined
  const ended = await fighter.ended
  await struck
  return ended
}

/** Traces of a bug: a stack, a document of JSON, a system's own words for what we did. */
const crash =
  /^\s+at \S|\bbug:|internal error|[{[]"|\b(Type|Syntax|Range|Reference)?Error:|undefined/m

const gone = /cannot open \/run\/netns\/\S+: No such|this kernel has no parameter/

/** Who looks takes no lock: a namespace may go while its turn comes, and then there is no plan. */
const isLooked = (code: number, stderr: string): boolean =>
  code === 0 || code === 2 || (code === 1 && gone.test(stderr))

/** What is wrong with how a run ended; undefined: nothing. */
export const complain = ({ args, blow }: Bout, { code, stderr }: Ended): string | undefined => {
  const [command = ''] = args
  const told = `${command} ${JSON.stringify(blow)} ended with ${code}: ${stderr}`
  if (crash.test(stderr)) return told
  if (command === 'check') return isLooked(code, stderr) ? undefined : told
  if (code === 0 || code === 75) return undefined
  if (code === 1 && stderr.includes('nothing to roll back')) return undefined
  if (blow && (code === -1 || code === 130)) return undefined
  return code === 5 && blow?.again !== undefined ? undefined : told
}

/** Reads the journal all the time. */
export const watchJournal = (arena: Arena): { stop(): Promise<number> } => {
  let stopped = false
  const run = async (): Promise<number> => {
    let reads = 0
    for (; !stopped; reads++) {
      await readJournal(arena.journal())
      await sleep(10)
    }
    return reads
  }
  const running = run()
  // It is looked at in the end.
  running.catch(() => undefined)
  return {
    stop: () => {
      stopped = true
      return running
    },
  }
}

/** Whether the last apply came to no end. */
export const isUnfinished = async (arena: Arena): Promise<boolean> => {
  const journal = await readJournal(arena.journal())
  return journal !== undefined && isOpenEnded(journal)
}

/** Writers whose batches stand among another's: the lock is for a whole apply. */
export const findInterleaved = (writers: readonly string[]): readonly string[] => {
  // Whose parent was killed before it looked, cannot say who that was.
  const known = writers.filter((writer) => writer !== '1')
  const turns = known.filter((writer, index) => writer !== known[index - 1])
  return turns.filter((writer, index) => turns.indexOf(writer) !== index)
}
