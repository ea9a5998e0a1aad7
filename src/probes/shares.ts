import type { Socket } from '../net/sockets.ts'
import { formatSocket } from '../net/sockets.ts'

/** What chance does more seldom than this is no chance. */
const unlikely = 1e-4

/** The most tries that a check may have: `count` of the schema. */
const mostTries = 1000

/** How many tries it takes at least to say anything about so many endpoints. */
export const fewestTries = (endpoints: number): number => 2 * endpoints

/** How many it takes for chance not to leave out one of them, and ten for each. */
export const enoughTries = (endpoints: number): number => {
  const left = Math.log(1 - 1 / endpoints)
  const tries = endpoints === 1 ? 1 : Math.ceil(Math.log(unlikely / (2 * endpoints)) / left)
  return Math.min(mostTries, Math.max(10 * endpoints, tries))
}

/** Of that many tries with a share each: how probable `hits` of them, or still fewer or still more, are. */
const tails = (hits: number, tries: number, share: number): { fewer: number; more: number } => {
  if (share === 1) return { fewer: hits < tries ? 0 : 1, more: 1 }
  const odds = Math.log(share / (1 - share))
  let exponent = tries * Math.log(1 - share)
  let fewer = 0
  let more = 0
  for (let one = 0; one <= tries; one += 1) {
    const probability = Math.exp(exponent)
    if (one <= hits) fewer += probability
    if (one >= hits) more += probability
    exponent += Math.log((tries - one) / (one + 1)) + odds
  }
  return { fewer, more }
}

/** As far from an equal share as chance hardly ever gets it. */
const isOff = (hits: number, tries: number, endpoints: number): boolean => {
  const { fewer, more } = tails(hits, tries, 1 / endpoints)
  return Math.min(fewer, more) < unlikely / (2 * endpoints)
}

const countEach = (reached: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const one of reached) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

const sharesText = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([endpoint, hits]) => `${String(hits)} to ${endpoint}`).join(', ')

/**
 * Whether connections went to these endpoints in equal shares, as far as chance explains it, and to no
 * other. In turn or by chance: both pass.
 *
 * @param reached where each connection went
 * @returns what is wrong; undefined: nothing
 */
export const judgeShares = (
  endpoints: readonly Socket[],
  reached: readonly Socket[],
): string | undefined => {
  const wanted = endpoints.map(formatSocket)
  const counts = countEach(reached.map(formatSocket))
  const others = new Map([...counts].filter(([endpoint]) => !wanted.includes(endpoint)))
  if (others.size > 0) return `went to others than those that it is to reach: ${sharesText(others)}`
  const missed = wanted.filter((endpoint) => !counts.has(endpoint))
  if (missed.length > 0) return `none of ${String(reached.length)} reached ${missed.join(', ')}`
  const isUneven = [...counts.values()].some((hits) => isOff(hits, reached.length, wanted.length))
  return isUneven ? `the shares are not equal: ${sharesText(counts)}` : undefined
}
