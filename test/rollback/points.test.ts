import test from 'ava'
import { isFull, pick, report, upTo } from './extent.ts'
import { passages } from './plans.ts'
import type { Passage } from './plans.ts'
import { modes, tryOnce, tryPassage } from './points.ts'
import type { Tally } from './points.ts'

// One of them always at every point, whatever the seed.
const always = 'a node that changes'

const tryIt = (passage: Passage): Promise<Tally> => {
  const { name } = passage
  if (isFull) return tryPassage(passage, modes)
  if (name === always) return tryPassage(passage, ['killed'])
  return tryOnce(passage, pick(modes, name), (count) => pick(upTo(count), name))
}

for (const passage of passages)
  test(`a fault at a point: ${passage.name}`, async (t) => {
    report(t, await tryIt(passage))
  })
