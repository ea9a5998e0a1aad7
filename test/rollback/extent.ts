import type { ExecutionContext } from 'ava'
import type { Tally } from './points.ts'

/** FAULTS=all: every point of every plan; else a few, which other runs choose otherwise. */
export const isFull = process.env['FAULTS'] === 'all'

const seed = Number(process.env['NETPLAN_SEED'] ?? Date.now() % 0x7fffffff)

/** FNV-1a: the same number of the same words, and any other of others. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}

/** One of these, as the seed has it. */
export const pick = <T>(items: readonly T[], what: string): T =>
  items[hash(`${seed} ${what}`) % items.length]!

/** All of them, or so many that follow each other, as the seed has it. */
export const someOf = <T>(items: readonly T[], most: number, what: string): readonly T[] => {
  if (isFull) return items
  const first = pick(upTo(items.length), what)
  return [...items, ...items].slice(first, first + Math.min(most, items.length))
}

export const upTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => at)

/** Every one of so many points, or one of them. */
export const choosePoints = (count: number, what: string): readonly number[] => {
  if (count === 0) return []
  return isFull ? upTo(count) : [pick(upTo(count), what)]
}

/** Says how many points were tried, and fails where any was lost. */
export const report = (t: ExecutionContext, { tried, lost }: Tally): void => {
  const counts = [...tried].map(([what, count]) => `${count} ${what}`).join(', ')
  const total = [...tried.values()].reduce((sum, count) => sum + count, 0)
  t.log(
    `tried ${total} (${counts}), survived ${total - lost.length}${isFull ? '' : `, seed ${seed}`}`,
  )
  for (const text of lost) t.log(`LOST ${text}`)
  t.is(lost.length, 0)
}
