import type { Result } from './protocol.ts'

/** Who answered, or what went wrong, in order. */
export const outcomes = (results: readonly Result[]): readonly string[] =>
  results.map(({ server, error }) => server ?? error)

/** How often each server answered, and each error came. */
export const counts = (results: readonly Result[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const one of [...outcomes(results)].sort()) sums[one] = (sums[one] ?? 0) + 1
  return sums
}

/**
 * After how many results the same servers follow again in the same order; undefined where they never
 * do, or not often enough to tell. One by one over n servers: n.
 */
export const periodOf = (results: readonly Result[]): number | undefined => {
  const order = outcomes(results)
  const repeats = (period: number): boolean =>
    order.every((one, index) => index < period || order[index - period] === one)
  const longest = Math.floor(order.length / 2)
  return Array.from({ length: longest }, (_, index) => index + 1).find(repeats)
}

/** As whom the servers saw the clients: each address once. */
export const peers = (results: readonly Result[]): readonly string[] =>
  [...new Set(results.flatMap(({ peer }) => (peer === undefined ? [] : [peer])))].sort()

/** The longest time, in milliseconds. */
export const slowest = (results: readonly Result[]): number =>
  Math.max(0, ...results.map(({ ms }) => ms))
