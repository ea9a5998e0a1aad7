import type { Value } from '../extension.ts'
import { formatHex, hex } from './numbers.ts'

/** CS0 to CS7 are multiples of 8; AFxy is 8x + 2y. */
const classes = (): Readonly<Record<string, number>> => {
  const digits = [0, 1, 2, 3, 4, 5, 6, 7]
  const selectors = digits.map((n) => [`CS${n}`, 8 * n] as const)
  const assured = [1, 2, 3, 4].flatMap((x) =>
    [1, 2, 3].map((y) => [`AF${x}${y}`, 8 * x + 2 * y] as const),
  )
  return Object.fromEntries([...selectors, ...assured, ['BE', 0], ['EF', 0x2e]])
}

const CLASSES = classes()

export const dscp: Value = hex(0x3f, 2)

export const dscpClass: Value = {
  expects: `one of ${Object.keys(CLASSES).join(', ')}`,
  read: (word) => {
    const key = word.toUpperCase()
    return Object.hasOwn(CLASSES, key) ? formatHex(CLASSES[key] ?? 0, 2) : undefined
  },
}
