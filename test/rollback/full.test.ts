import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { stateDirectory } from '../../src/kernel/state.ts'
import { sh } from '../node/harness.ts'
import { choosePoints, report, someOf } from './extent.ts'
import { passages } from './plans.ts'
import type { Passage } from './plans.ts'
import { attempt, newTally } from './points.ts'
import type { Stages } from './points.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { describeBack, tryApply, tryRollBack } from './trial.ts'

// Those that have notes already: a folder that others mounted is not ours to remove.
const names = [
  'a node that changes',
  'destroy of a node',
  'a device that leaves the file',
  'parameters that go back',
  'namespaces that go, with everything',
  'nft: a service changes, one comes, one goes',
]

const size = 256 << 10

/** Writes until there is no space, to the last byte of it. */
const fill = (folder: string): void => {
  const file = openSync(join(folder, 'ballast'), 'w')
  try {
    for (let bytes = 4096; bytes >= 1;)
      try {
        writeSync(file, Buffer.alloc(bytes))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        bytes >>= 1
      }
  } finally {
    closeSync(file)
  }
}

const folderOf = ({ node }: Stage): string =>
  join(stateDirectory, String(statSync(`/run/netns/${node.name}`).ino))

/** Notes on a disk of their own, which can be filled. */
const onSmallDisk = async (passage: Passage): Promise<Stage> => {
  const stage = await openStage(passage)
  const folder = folderOf(stage)
  sh(['sh', '-ec', 'cp -a "$0" "$0.kept"', folder])
  sh(['mount', '-t', 'tmpfs', '-o', `size=${size},mode=700`, 'notes', folder])
  sh(['sh', '-ec', 'cp -a "$0.kept/." "$0"; rm -r "$0.kept"', folder])
  return stage
}

const leave = (stage: Stage): void => {
  sh(['umount', folderOf(stage)])
  stage.node.remove()
}

const diskStages = (passage: Passage): Stages => {
  let current: Stage | undefined
  return {
    stage: async () => (current ??= await onSmallDisk(passage)),
    spoil: () => {
      if (current) leave(current)
      current = undefined
    },
  }
}

/** The disk is full from a point on: it ends as it says, and is as before when there is space again. */
const tryFull = async (
  stage: Stage,
  at: number,
): Promise<{ readonly points: number; readonly problem: string | undefined }> => {
  const folder = folderOf(stage)
  const trial = await tryApply(await stage.open(), { kind: () => fill(folder), at })
  const { plan, applied, points } = trial
  rmSync(join(folder, 'ballast'), { force: true })
  if (applied === 'killed') throw new Error('nobody killed it')
  const rolledBack = applied.outcome === 'undone' && applied.back.complete
  // What says that it is as before has to be so, even now.
  const early = rolledBack ? stage.differences(plan) : []
  const left = describeBack((await tryRollBack(await stage.open())).back)
  const late = left === undefined ? stage.differences(plan) : [left]
  const problem = [...early.map((line) => `too early: ${line}`), ...late].join('\n')
  return { points, problem: problem === '' ? undefined : problem }
}

const find = (name: string): Passage => {
  const passage = passages.find((one) => one.name === name)
  if (!passage) throw new Error(`no passage ${name}`)
  return passage
}

for (const name of someOf(names, 2, 'full'))
  test(`a full /run: ${name}`, async (t) => {
    const tally = newTally()
    const stages = diskStages(find(name))
    let count = 0
    const strike = (at: number): Promise<void> =>
      attempt(tally, { stages, what: 'full', where: `${name}, full at ${at}` }, async (stage) => {
        const { points, problem } = await tryFull(stage, at)
        if (at === Infinity) count = points
        return problem
      })
    try {
      await strike(Infinity)
      for (const at of choosePoints(count, name)) await strike(at)
    } finally {
      stages.spoil()
    }
    report(t, tally)
  })

const refusesToBegin = async (t: ExecutionContext, stage: Stage): Promise<void> => {
  const session = await stage.open()
  const planned = await session.plan()
  if (!planned.ok) throw new Error('no plan')
  fill(folderOf(stage))
  await t.throwsAsync(tryApply(await stage.open()), { message: /no space left in \/run/ })
  rmSync(join(folderOf(stage), 'ballast'))
  t.deepEqual(stage.differences(planned.plan), [])
}

test('a full /run: where it cannot be written down, nothing is done, and it is said', async (t) => {
  const stage = await onSmallDisk(find('a node that changes'))
  try {
    await refusesToBegin(t, stage)
  } finally {
    leave(stage)
  }
})
