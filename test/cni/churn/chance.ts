/** Numbers as by chance, and the same ones for the same seed. */
export interface Chance {
  /** At least 0, and less than `end`. */
  below(end: number): number
  /** True so many times of a hundred. */
  percent(share: number): boolean
}

// mulberry32
export const chanceOf = (seed: number): Chance => {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return { below: (end) => next() * end, percent: (share) => next() * 100 < share }
}
