import test from 'ava'
import { drawWait, usualTiming } from '../../../src/sources/kubernetes/timing.ts'

test('a server is left alone for as long as it asks for, but not for ever', (t) => {
  const [first, most] = usualTiming.backOff
  const wait = (failures: number, rest: number): number => drawWait(usualTiming, failures, rest)
  t.true(wait(1, 0) <= first)
  t.true(wait(2000, 0) <= most)
  t.true(wait(1, 20_000) >= 20_000)
  t.true(wait(1, 1e12) <= 600_000 + first)
})
