import type { Value } from '../extension.ts'

/** A rate as iptables-save prints it, and the period of one packet in the kernel's unit. */
export interface Rate {
  readonly text: string
  readonly period: number
  /** What was written, and what is printed. */
  readonly written: Unit
  readonly printed: Unit
}

export type Unit = 'sec' | 'min' | 'hour' | 'day'

const SECONDS: Readonly<Record<Unit, number>> = { sec: 1, min: 60, hour: 3600, day: 86_400 }

/** Milliseconds for which a hash table keeps an entry, by the unit of its rate. */
export const unitMilliseconds = (unit: Unit): number => SECONDS[unit] * 1000

const UNITS: readonly Unit[] = ['day', 'hour', 'min', 'sec']
const FULL: Readonly<Record<Unit, string>> = {
  sec: 'second',
  min: 'minute',
  hour: 'hour',
  day: 'day',
}

const findUnit = (word: string): Unit | undefined =>
  word === '' ? undefined : UNITS.find((unit) => FULL[unit].startsWith(word.toLowerCase()))

/**
 * The kernel keeps the whole number of ticks between two packets, and iptables prints the largest unit
 * in which that is a fair rate: 600/sec is printed as 625/sec, 60/min as 1/sec.
 */
const print = (period: number, ticks: number): readonly [number, Unit] => {
  let best: readonly [number, Unit] = [Math.floor((ticks * SECONDS.day) / period), 'day']
  for (const unit of UNITS.slice(1)) {
    const span = ticks * SECONDS[unit]
    if (period > span || Math.floor(span / period) < span % period) break
    best = [Math.floor(span / period), unit]
  }
  return best
}

/** Reads `5/sec`, `5/minute`, `5`; undefined: no rate, too fast, or one that does not survive being read back. */
export const parseRate = (word: string, ticks: number): Rate | undefined => {
  const [, count = '', unitWord = 'second'] = /^([1-9]\d{0,8})(?:\/([a-z]+))?$/i.exec(word) ?? []
  const written = findUnit(unitWord)
  if (count === '' || !written) return undefined
  const period = Math.floor((ticks * SECONDS[written]) / Number(count))
  if (period === 0) return undefined
  const [rate, printed] = print(period, ticks)
  const again = Math.floor((ticks * SECONDS[printed]) / rate)
  const stable = print(again, ticks)
  if (stable[0] !== rate || stable[1] !== printed) return undefined
  return { text: `${rate}/${printed}`, period: again, written, printed }
}

export const rate = (ticks: number): Value => ({
  expects: 'a rate that the kernel can keep, as 5/sec, 90/min, 7/hour',
  read: (word) => parseRate(word, ticks)?.text,
})

/**
 * Whether the kernel has room for the burst. Beyond a day its counter overflows on some clock rates,
 * and it refuses the rule on legacy alone, or lets it pass and counts wrong.
 */
export const fitsADay = (period: number, burst: number, ticks: number): boolean =>
  period * burst <= SECONDS.day * ticks
