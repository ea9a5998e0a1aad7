import test from 'ava'
import { isFull, pick, report, someOf, upTo } from './extent.ts'
import type { FaultKind } from './faults.ts'
import { passages } from './plans.ts'
import type { Passage } from './plans.ts'
import { attempt, newTally, stagesOf } from './points.ts'
import type { Stage } from './stage.ts'
import { describeBack, tryApply, tryRollBack } from './trial.ts'

// A rollback may fail, or be killed, as well as an apply: then the next one completes.

const kinds: readonly FaultKind[] = ['refused', 'child killed', 'killed']

const names = [
  'a new node',
  'a node that changes',
  'namespaces that go, with everything',
  'routes, rules, neighbours and proxies of others',
  'an adopted bridge that goes, with all that others have on it',
  'nft: a service changes, one comes, one goes',
  'legacy: to nft',
  'IPv6, other',
  'a pair of others',
]

interface Faults {
  readonly kind: FaultKind
  /** Where the apply is killed. */
  readonly at: number
  /** Where the way back is struck. */
  readonly then: number
}

const tryTwice = async (
  stage: Stage,
  { kind, at, then }: Faults,
): Promise<{ readonly points: number; readonly problem: string | undefined }> => {
  const { plan } = await tryApply(await stage.open(), { kind: 'killed', at })
  const { points } = await tryRollBack(await stage.open(), { kind, at: then })
  const left = describeBack((await tryRollBack(await stage.open())).back)
  const differences = left === undefined ? stage.differences(plan) : [left]
  return { points, problem: differences.length > 0 ? differences.join('\n') : undefined }
}

const pointsOf = async (stage: Stage): Promise<number> => {
  const { points } = await tryApply(await stage.open())
  const { back } = await tryRollBack(await stage.open())
  if (describeBack(back) !== undefined) throw new Error('it does not even go back by itself')
  return points
}

/** In full: from the end, and from the midst; else one of them. */
const tryDouble = async (passage: Passage, tally = newTally()): Promise<typeof tally> => {
  const stages = stagesOf(passage)
  const { name } = passage
  const strike = async (faults: Faults): Promise<number> => {
    const where = `${name}, killed at ${faults.at}, then ${faults.kind} at ${faults.then}`
    let count = 0
    await attempt(
      tally,
      { stages, what: `${faults.kind} on the way back`, where },
      async (stage) => {
        const { points, problem } = await tryTwice(stage, faults)
        count = points
        return problem
      },
    )
    return count
  }
  try {
    const count = await pointsOf(await stages.stage())
    const places = [count, Math.floor(count / 2)]
    for (const kind of isFull ? kinds : [pick(kinds, name)])
      for (const at of isFull ? places : [pick(places, name)]) {
        // The first strikes nowhere, and shows how far it is.
        const far = await strike({ kind, at, then: Infinity })
        for (const then of isFull ? upTo(far) : far > 0 ? [pick(upTo(far), name)] : [])
          await strike({ kind, at, then })
      }
  } finally {
    stages.spoil()
  }
  return tally
}

for (const name of someOf(names, 3, 'double'))
  test(`a fault on the way back: ${name}`, async (t) => {
    const passage = passages.find((one) => one.name === name)
    if (!passage) throw new Error(`no passage ${name}`)
    report(t, await tryDouble(passage))
  })
