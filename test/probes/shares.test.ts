import test from 'ava'
import type { Socket } from '../../src/net/sockets.ts'
import { enoughTries, fewestTries, judgeShares } from '../../src/probes/shares.ts'
import { endpoint } from './entries.ts'

/** So many connections to each endpoint, the first being that of number 1. */
const reachedBy = (...hits: readonly number[]): Socket[] =>
  hits.flatMap((count, index) => Array.from({ length: count }, () => endpoint(index + 1)))

const endpoints = (count: number): Socket[] =>
  Array.from({ length: count }, (_, index) => endpoint(index + 1))

/** A generator of numbers below 1 that is the same at every run. */
const chanceOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

test('in turn: exactly equal, or one more for some', (t) => {
  for (const hits of [[20, 20], [3, 2], [2, 2], [10, 10, 10], [14, 13, 13], [7]])
    t.is(judgeShares(endpoints(hits.length), reachedBy(...hits)), undefined, hits.join())
})

test('by chance: what chance explains passes', (t) => {
  const chance = chanceOf(7)
  for (const count of [1, 2, 3, 7, 20, 50]) {
    const all = endpoints(count)
    for (let round = 0; round < 200; round += 1) {
      const tries = Array.from(
        { length: enoughTries(count) },
        () => 1 + Math.floor(chance() * count),
      )
      t.is(judgeShares(all, tries.map(endpoint)), undefined)
    }
  }
})

test('an endpoint that none reached, one that is not in the list, and unequal shares', (t) => {
  t.is(judgeShares(endpoints(2), reachedBy(40)), 'none of 40 reached 10.244.0.2:8080')
  t.is(
    judgeShares(endpoints(2), reachedBy(20, 19, 1)),
    'went to others than those that it is to reach: 1 to 10.244.0.3:8080',
  )
  t.is(
    judgeShares(endpoints(2), reachedBy(35, 5)),
    'the shares are not equal: 35 to 10.244.0.1:8080, 5 to 10.244.0.2:8080',
  )
  t.regex(String(judgeShares(endpoints(3), reachedBy(30, 30, 3))), /^the shares are not equal/)
  t.is(judgeShares([{ address: 'fd00::1', port: 80 }], []), 'none of 0 reached [fd00::1]:80')
})

test('a port is a part of an endpoint', (t) => {
  const reached = [{ address: '10.244.0.1', port: 8081 }]
  t.regex(String(judgeShares(endpoints(1), reached)), /^went to others .* 10\.244\.0\.1:8081$/)
})

test('how many tries it takes', (t) => {
  t.deepEqual([1, 2, 3, 10].map(enoughTries), [10, 20, 30, 116])
  t.is(enoughTries(500), 1000)
  t.is(fewestTries(3), 6)
  for (const count of [2, 3, 5, 10, 50]) {
    const leftOut = count * (1 - 1 / count) ** enoughTries(count)
    t.true(leftOut < 1e-4, String(count))
  }
})
