import { changesOf } from '../node/story.ts'
import type { FaultKind } from './faults.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Passage } from './plans.ts'
import { describeBack, tryApply, tryRollBack } from './trial.ts'
import type { Trial } from './trial.ts'

/** What happens at a point, and what leads back. */
export const modes = ['refused', 'child killed', 'killed', 'killed, and applied again'] as const

export type Mode = (typeof modes)[number]

/** What was tried, and what did not survive it. */
export interface Tally {
  readonly tried: Map<string, number>
  readonly lost: string[]
}

export const newTally = (): Tally => ({ tried: new Map(), lost: [] })

const countIn = ({ tried }: Tally, what: string): void =>
  void tried.set(what, (tried.get(what) ?? 0) + 1)

const faultOf = (mode: Mode): FaultKind =>
  mode === 'refused' || mode === 'child killed' ? mode : 'killed'

/** Goes on after an apply that was cut short, as the same file is applied again. */
const applyAgain = async (stage: Stage): Promise<string | undefined> => {
  const { applied } = await tryApply(await stage.open())
  if (applied === 'killed' || applied.outcome !== 'done') return 'it could not be applied again'
  const next = await (await stage.open()).plan()
  if (!next.ok) return 'there is no plan after it was applied again'
  const left = changesOf(next.plan)
  return left.length === 0 ? undefined : `applied again, and left: ${left.join('; ')}`
}

/** What leads back: the apply itself, or `netplan rollback`. */
const goBack = async (stage: Stage, { applied }: Trial): Promise<string | undefined> => {
  if (applied !== 'killed' && applied.outcome === 'undone') return describeBack(applied.back)
  return describeBack((await tryRollBack(await stage.open())).back)
}

/** What is wrong after a fault, and all that should mend it; undefined: nothing. */
const tryPoint = async (
  stage: Stage,
  mode: Mode,
  at: number,
): Promise<{ readonly points: number; readonly problem: string | undefined }> => {
  const trial = await tryApply(await stage.open(), { kind: faultOf(mode), at })
  const { plan, applied, points } = trial
  const again =
    applied === 'killed' && mode === 'killed, and applied again'
      ? await applyAgain(stage)
      : undefined
  const left = again ?? (await goBack(stage, trial))
  const differences = left === undefined ? stage.differences(plan) : [left]
  return { points, problem: differences.length > 0 ? differences.join('\n') : undefined }
}

/** Makes a node anew where a trial spoiled it. */
export interface Stages {
  stage(): Promise<Stage>
  spoil(): void
}

export const stagesOf = (passage: Passage): Stages => {
  let current: Stage | undefined
  return {
    stage: async () => (current ??= await openStage(passage)),
    spoil: () => {
      current?.node.remove()
      current = undefined
    },
  }
}

/** Tries one thing, and counts it. */
export const attempt = async (
  tally: Tally,
  { stages, what, where }: { stages: Stages; what: string; where: string },
  trial: (stage: Stage) => Promise<string | undefined>,
): Promise<void> => {
  countIn(tally, what)
  let problem: string | undefined
  try {
    problem = await trial(await stages.stage())
  } catch (error) {
    problem = error instanceof Error ? error.stack : String(error)
  }
  if (problem === undefined) return
  tally.lost.push(`${where}:\n${problem}`)
  stages.spoil()
}

/** About so many points a passage has: a step is one, but for those of rules. */
const estimate = async (stage: Stage): Promise<number> => {
  const planned = await (await stage.open()).plan()
  return planned.ok ? planned.plan.steps.length : 0
}

/** Tries a passage at one point of it, or with all of it done: whatever that number comes to. */
export const tryOnce = async (
  passage: Passage,
  mode: Mode,
  choose: (count: number) => number,
): Promise<Tally> => {
  const tally = newTally()
  const stages = stagesOf(passage)
  try {
    const count = await estimate(await stages.stage())
    const at = choose(count + 1)
    const where = `${passage.name}, ${mode} at ${at}`
    await attempt(
      tally,
      { stages, what: mode, where },
      async (stage) => (await tryPoint(stage, mode, at)).problem,
    )
  } finally {
    stages.spoil()
  }
  return tally
}

/** Tries a passage in full, with its way back, and then with a fault at every point of it. */
export const tryPassage = async (passage: Passage, wanted: readonly Mode[]): Promise<Tally> => {
  const tally = newTally()
  const stages = stagesOf(passage)
  let count = 0
  try {
    const whole = { stages, what: 'whole', where: `${passage.name}, done and undone` }
    await attempt(tally, whole, async (stage) => {
      const { points, problem } = await tryPoint(stage, 'killed', Infinity)
      count = points
      return problem
    })
    for (const mode of wanted) {
      for (let at = 0; at < count; at++) {
        const where = `${passage.name}, ${mode} at ${at} of ${count}`
        await attempt(
          tally,
          { stages, what: mode, where },
          async (stage) => (await tryPoint(stage, mode, at)).problem,
        )
      }
    }
  } finally {
    stages.spoil()
  }
  return tally
}
