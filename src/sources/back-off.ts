/** The wait behind so many failures, of which none is like the other: a fleet that failed together does not try again together. */
export const backOff = (failures: number, [first, most]: readonly [number, number]): number =>
  Math.random() * Math.min(most, first * 2 ** (failures - 1))
