import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { SourceError } from '../../src/sources/source.ts'
import type { Revision, Source, SourceEvent } from '../../src/sources/source.ts'
import { backOff } from '../../src/sources/back-off.ts'
import type { Reason } from '../../src/watch/inbox.ts'
import { startLoop } from '../../src/watch/loop.ts'
import type { Outcome, Running } from '../../src/watch/loop.ts'
import { makeAlarm } from '../../src/sources/alarm.ts'

const revisionOf = (revision: string): Revision => ({
  revision,
  documents: revision === '' ? [] : [{ name: revision, text: revision }],
})

/** A source that says what it is told to. */
const makeSource = () => {
  let subscriptions = 0
  const said: Revision[] = []
  const alarm = makeAlarm()
  const source: Source = {
    name: 'test',
    async *subscribe({ signal, tell }) {
      subscriptions += 1
      tell({ kind: 'connected' })
      const last = said.at(-1)
      if (last) yield last
      let next = said.length
      while (!signal.aborted) {
        await alarm.wait(60_000, signal)
        for (; next < said.length; next += 1) yield said[next] as Revision
      }
    },
  }
  return {
    source,
    say: (revision: string) => {
      said.push(revisionOf(revision))
      alarm.ring()
    },
    subscriptions: () => subscriptions,
  }
}

interface Made {
  readonly revision: string
  readonly reasons: readonly Reason[]
  readonly at: number
}

interface Trial {
  readonly rounds: readonly Made[]
  readonly outcomes: readonly Outcome[]
  /** Of rounds for the last good wish, beside one that cannot be had. */
  readonly kept: readonly Outcome[]
  readonly began: readonly (readonly Reason[])[]
  readonly events: readonly SourceEvent[]
  readonly running: Running
  /** The most that ran at one time. */
  most(): number
  until(isSo: () => boolean): Promise<void>
  stop(): Promise<void>
  say(revision: string): void
  subscriptions(): number
}

interface TrialOptions {
  readonly resync?: number
  readonly backOff?: readonly [number, number]
  readonly first?: Revision
  /** What a round comes to; default that all is as described. */
  readonly outcome?: (revision: string, count: number) => Outcome
  /** How long a round takes, in milliseconds. */
  readonly takes?: number
}

const inSync: Outcome = { kind: 'inSync' }
const invalid: Outcome = { kind: 'failed', reason: 'invalid', error: 'no' }
const failed: Outcome = { kind: 'failed', reason: 'node', error: 'no' }

const begin = (t: ExecutionContext, options: TrialOptions = {}): Trial => {
  const { outcome = () => inSync, takes = 0, first } = options
  const [rounds, outcomes, kept]: [Made[], Outcome[], Outcome[]] = [[], [], []]
  const [events, began]: [SourceEvent[], (readonly Reason[])[]] = [[], []]
  const { source, ...told } = makeSource()
  const ending = new AbortController()
  let [now, most] = [0, 0]
  const running = startLoop({
    source,
    first,
    signal: ending.signal,
    timing: {
      resync: options.resync ?? 60_000,
      coalesce: 10,
      backOff: options.backOff ?? [20, 100],
    },
    round: async ({ revision }) => {
      now += 1
      most = Math.max(most, now)
      rounds.push({ revision, reasons: began.at(-1) ?? [], at: performance.now() })
      await sleep(takes)
      now -= 1
      return outcome(revision, rounds.length)
    },
    reports: {
      sourced: (event) => events.push(event),
      revised: () => undefined,
      began: (reasons) => began.push(reasons),
      ended: (one) => outcomes.push(one),
      kept: (one) => kept.push(one),
      waiting: () => undefined,
    },
  })
  const stop = async (): Promise<void> => {
    ending.abort()
    await running.done
  }
  t.teardown(stop)
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let attempt = 0; attempt < 1000 && !isSo(); attempt += 1) await sleep(10)
    t.true(isSo(), JSON.stringify(rounds))
  }
  return { rounds, outcomes, kept, events, began, running, most: () => most, until, stop, ...told }
}

test('what happens at the same time is one round, and there is never more than one', async (t) => {
  const trial = begin(t, { takes: 30 })
  trial.say('a')
  await trial.until(() => trial.rounds.length === 1)
  for (let index = 0; index < 100_000; index += 1) trial.running.moved()
  trial.say('b')
  await trial.until(() => trial.outcomes.length >= 2)
  await sleep(100)
  t.true(trial.rounds.length <= 3, String(trial.rounds.length))
  t.is(trial.rounds.at(-1)?.revision, 'b')
  t.is(trial.most(), 1)
})

test('a node at rest is looked at now and then', async (t) => {
  const trial = begin(t, { resync: 30 })
  trial.say('a')
  await trial.until(() => trial.rounds.length >= 4)
  t.deepEqual(
    trial.rounds.slice(0, 3).map(({ reasons }) => reasons),
    [['source'], ['resync'], ['resync']],
  )
})

test('a node that moves is looked at, and one that never rests not all the time', async (t) => {
  const trial = begin(t, { takes: 20 })
  trial.say('a')
  await trial.until(() => trial.outcomes.length === 1)
  const timer = setInterval(() => trial.running.moved(), 1)
  t.teardown(() => clearInterval(timer))
  await trial.until(() => trial.rounds.length >= 3)
  const [, second, third] = trial.rounds
  t.deepEqual(second?.reasons, ['node'])
  t.true((third?.at ?? 0) - (second?.at ?? 0) >= 200)
})

test('what fails is tried again, later and later; the node does not hasten it, the source does', async (t) => {
  const trial = begin(t, {
    outcome: (_, count) => (count < 4 ? failed : inSync),
    backOff: [20, 60_000],
  })
  trial.say('a')
  const timer = setInterval(() => trial.running.moved(), 1)
  await trial.until(() => trial.rounds.length === 4)
  clearInterval(timer)
  t.deepEqual(
    trial.rounds.map(({ reasons }) => reasons[0]),
    ['source', 'retry', 'retry', 'retry'],
  )

  const stuck = begin(t, { outcome: () => failed, backOff: [60_000, 60_000] })
  stuck.say('a')
  await stuck.until(() => stuck.rounds.length === 1)
  stuck.say('b')
  await stuck.until(() => stuck.rounds.length === 2)
  t.is(stuck.rounds[1]?.revision, 'b')
})

test('waits are drawn below what doubles, up to a most', (t) => {
  const waits = (failures: number): number[] =>
    Array.from({ length: 500 }, () => backOff(failures, [500, 30_000]))
  t.true(waits(1).every((wait) => wait >= 0 && wait <= 500))
  t.true(Math.max(...waits(3)) > 1000)
  t.true(waits(3).every((wait) => wait <= 2000))
  t.true(waits(50).every((wait) => wait <= 30_000))
})

test('a wish that cannot be had is told, and the one before it is kept', async (t) => {
  const trial = begin(t, { outcome: (revision) => (revision === 'bad' ? invalid : inSync) })
  trial.say('good')
  await trial.until(() => trial.outcomes.length === 1)
  trial.say('bad')
  await trial.until(() => trial.kept.length === 1)
  t.deepEqual(
    trial.rounds.map(({ revision }) => revision),
    ['good', 'bad', 'good'],
  )
  t.deepEqual(trial.outcomes, [inSync, invalid])
  t.deepEqual(trial.kept, [inSync])
  trial.running.moved()
  await trial.until(() => trial.outcomes.length === 3)
  t.deepEqual(
    trial.rounds.slice(3).map(({ revision }) => revision),
    ['bad', 'good'],
  )
})

test('what this node cannot have is no last good one, which goes on being kept beside it', async (t) => {
  const reasons = ['no-such-node', 'no-plan', 'invalid']
  const trial = begin(t, {
    outcome: (revision) =>
      reasons.includes(revision) ? { kind: 'failed', reason: revision, error: 'no' } : inSync,
  })
  const said = ['good', ...reasons]
  for (const revision of said) {
    const known = trial.outcomes.length
    trial.say(revision)
    await trial.until(() => trial.outcomes.length > known)
  }
  await trial.until(() => trial.rounds.at(-1)?.revision === 'good')
  const made = trial.rounds.map(({ revision }) => revision)
  for (const reason of reasons)
    t.true(
      made.every((one, at) => one !== reason || made[at + 1] === 'good'),
      made.join(),
    )
  t.true(trial.rounds.length >= 7)
})

test('a source that has nothing changes no wish', async (t) => {
  const trial = begin(t)
  trial.say('a')
  await trial.until(() => trial.outcomes.length === 1)
  trial.say('')
  await sleep(100)
  t.is(trial.rounds.length, 1)
  trial.running.moved()
  await trial.until(() => trial.rounds.length === 2)
  t.is(trial.rounds[1]?.revision, 'a')
})

test('where the source is silent, the last good one counts', async (t) => {
  const trial = begin(t, { first: revisionOf('last') })
  await trial.until(() => trial.rounds.length === 1)
  t.is(trial.rounds[0]?.revision, 'last')
  trial.say('new')
  await trial.until(() => trial.rounds.length === 2)
  t.is(trial.rounds[1]?.revision, 'new')
})

test('a reload reads the source from its beginning', async (t) => {
  const trial = begin(t)
  trial.say('a')
  await trial.until(() => trial.outcomes.length === 1)
  trial.running.reload()
  await trial.until(() => trial.outcomes.length === 2)
  t.is(trial.subscriptions(), 2)
  t.true(trial.rounds[1]?.reasons.includes('reload'))
})

test('it ends behind the round that is under way', async (t) => {
  const trial = begin(t, { takes: 100 })
  trial.say('a')
  await trial.until(() => trial.rounds.length === 1)
  await trial.stop()
  t.is(trial.outcomes.length, 1)
})

test('what came just before the end begins no round any more', async (t) => {
  const trial = begin(t)
  trial.say('a')
  await trial.until(() => trial.outcomes.length === 1)
  trial.running.reload()
  await sleep(2)
  await trial.stop()
  t.is(trial.rounds.length, 1)
})

test('before there is any wish nothing is looked at, and nothing is said to be', async (t) => {
  const trial = begin(t, { resync: 20 })
  await sleep(200)
  t.deepEqual([trial.rounds, trial.began], [[], []])
  trial.say('a')
  await trial.until(() => trial.outcomes.length >= 2)
})

test('a resync that is longer than timers of Node is none that comes all the time', async (t) => {
  const trial = begin(t, { resync: 3e9 })
  trial.say('a')
  await trial.until(() => trial.outcomes.length === 1)
  await sleep(100)
  t.is(trial.rounds.length, 1)
  const alarm = makeAlarm()
  const woken = alarm.wait(3e9).then(() => 'woken')
  t.is(await Promise.race([woken, sleep(50, 'asleep')]), 'asleep')
  alarm.ring()
  await woken
})

test('a source that cannot be used any more ends it, behind the round that is under way', async (t) => {
  let ended = 0
  const source: Source = {
    name: 'one word',
    async *subscribe() {
      yield revisionOf('a')
      await sleep(50)
      throw new SourceError('no kubeconfig')
    },
  }
  const nothing = (): void => undefined
  const { done } = startLoop({
    source,
    reports: {
      ...{ sourced: nothing, revised: nothing, began: nothing, kept: nothing, waiting: nothing },
      ended: () => (ended += 1),
    },
    timing: { resync: 1000, coalesce: 1, backOff: [1, 1] },
    signal: new AbortController().signal,
    round: async () => {
      await sleep(300)
      return inSync
    },
  })
  await t.throwsAsync(done, { message: 'no kubeconfig' })
  t.is(ended, 1)
})

test('a source that cannot be used ends it', async (t) => {
  const source: Source = {
    name: 'none',
    async *subscribe() {
      await sleep(1)
      throw new SourceError('no kubeconfig')
    },
  }
  const reports = {
    ...{ sourced: () => undefined, revised: () => undefined, began: () => undefined },
    ...{ ended: () => undefined, kept: () => undefined, waiting: () => undefined },
  }
  const timing = { resync: 1000, coalesce: 1, backOff: [1, 1] as const }
  const { signal } = new AbortController()
  const { done } = startLoop({
    source,
    reports,
    timing,
    signal,
    round: () => Promise.resolve(inSync),
  })
  await t.throwsAsync(done, { instanceOf: SourceError, message: 'no kubeconfig' })
})
