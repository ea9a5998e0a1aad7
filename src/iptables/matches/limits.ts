import { flag, negatable, option } from '../extension.ts'
import type { Extension, Given, Value } from '../extension.ts'
import { mask, prefixLength, wholeMask } from '../values/addresses.ts'
import { integer, U16, U32 } from '../values/numbers.ts'
import { fitsADay, parseRate, rate, unitMilliseconds } from '../values/rates.ts'
import { listOf, name, oneOf } from '../values/words.ts'

const SCALE = 2 ** 31
const FRACTION = /^(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i

/**
 * The kernel keeps 31 bits, of which eleven digits are printed: 0.33 is 0.33000000007. Counted in whole
 * numbers, since JavaScript and C round a tie (an odd number of 4096ths) differently.
 */
const quantise = (probability: number): string => {
  const digits = BigInt(Math.round(probability * SCALE)) * 5n ** 11n
  const rest = digits & 0xfffffn
  const down = digits >> 20n
  const up = rest > 0x80000n || (rest === 0x80000n && down % 2n === 1n)
  const text = String(up ? down + 1n : down).padStart(12, '0')
  return `${text.slice(0, -11)}.${text.slice(-11)}`
}

const probability: Value = {
  expects: 'a number from 0.0000000003 to 1',
  read: (word) => {
    const value = FRACTION.test(word) ? Number(word) : NaN
    // Less than half a step is kept as 0, which never matches.
    return value <= 1 && Math.round(value * SCALE) > 0 ? quantise(value) : undefined
  },
}

const number = (given: Given, key: string): number | undefined => {
  const text = given.get(key)?.text
  return text === undefined ? undefined : Number(text)
}

const finishStatistic = (given: Given): string | undefined => {
  const random = given.get('mode')?.text === 'random'
  const [missing, surplus] = random ? ['probability', 'every'] : ['every', 'probability']
  if (!given.has(missing)) return `--mode ${random ? 'random' : 'nth'} needs --${missing}`
  if (given.has(surplus)) return `--${surplus} is of the other mode`
  if (random) return undefined
  const packet = number(given, 'packet') ?? 0
  return packet < (number(given, 'every') ?? 0)
    ? undefined
    : '--packet counts from 0 to --every - 1'
}

export const statistic: Extension = {
  name: 'statistic',
  options: [
    option('mode', oneOf('random', 'nth')),
    negatable('probability', probability),
    negatable('every', integer(1, U32)),
    option('packet', integer(0, U32)),
  ],
  needs: [['mode']],
  beside: [
    ['every', 'packet'],
    ['packet', 'every'],
  ],
  finish: finishStatistic,
}

/** Ticks per second of the kernel's limit; hashlimit counts finer. */
const TICKS = 10_000
const FINE_TICKS = 1_000_000

const DEFAULT_LIMIT = '3/hour'
const DEFAULT_BURST = 5

const tooSlow = (rateText: string, burst: number, ticks: number): string | undefined => {
  const parsed = parseRate(rateText, ticks)
  if (parsed && fitsADay(parsed.period, burst, ticks)) return undefined
  return `the burst of ${burst} takes more than a day at ${rateText}, more than the kernel can count`
}

export const limit: Extension = {
  name: 'limit',
  options: [option('limit', rate(TICKS)), option('limit-burst', integer(1, 10_000))],
  defaults: { limit: DEFAULT_LIMIT },
  finish: (given) => {
    const burst = number(given, 'limit-burst') ?? DEFAULT_BURST
    if (burst === DEFAULT_BURST) given.delete('limit-burst')
    return tooSlow(given.get('limit')?.text ?? DEFAULT_LIMIT, burst, TICKS)
  },
}

/** Kept as written, since the default of --hashlimit-htable-expire hangs on the unit that was written. */
const packetRate: Value = {
  expects: 'a rate of packets that the kernel can keep, as 5/sec, 90/min, 7/hour',
  read: (word) => (parseRate(word, FINE_TICKS) ? word : undefined),
}

/**
 * `10/sec` and `600/min` are one rate, but keep their entries for a second and for a minute: what is
 * printed beside 10/sec, then, is --hashlimit-htable-expire 60000.
 */
const finishHashlimit = (given: Given): string | undefined => {
  const key = given.has('hashlimit-upto') ? 'hashlimit-upto' : 'hashlimit-above'
  const parsed = parseRate(given.get(key)?.text ?? '', FINE_TICKS)
  if (!parsed) return undefined
  given.set(key, { negated: false, text: parsed.text })
  const expire = number(given, 'hashlimit-htable-expire') ?? unitMilliseconds(parsed.written)
  if (expire === unitMilliseconds(parsed.printed)) given.delete('hashlimit-htable-expire')
  else given.set('hashlimit-htable-expire', { negated: false, text: String(expire) })
  return tooSlow(parsed.text, number(given, 'hashlimit-burst') ?? DEFAULT_BURST, FINE_TICKS)
}

export const hashlimit: Extension = {
  name: 'hashlimit',
  options: [
    option('hashlimit-upto', packetRate, { negatable: true, opposite: 'hashlimit-above' }),
    option('hashlimit', packetRate, {
      negatable: true,
      writes: 'hashlimit-upto',
      opposite: 'hashlimit-above',
    }),
    option('hashlimit-above', packetRate, { negatable: true, opposite: 'hashlimit-upto' }),
    option('hashlimit-burst', integer(1, 1_000_000)),
    option('hashlimit-mode', listOf('srcip', 'srcport', 'dstip', 'dstport')),
    option('hashlimit-name', name(255)),
    option('hashlimit-htable-size', integer(1, U32)),
    option('hashlimit-htable-max', integer(1, U32)),
    option('hashlimit-htable-gcinterval', integer(1, U32, 1000)),
    option('hashlimit-htable-expire', integer(1, U32)),
    option('hashlimit-srcmask', prefixLength(true)),
    option('hashlimit-dstmask', prefixLength(true)),
  ],
  needs: [['hashlimit-upto', 'hashlimit-above'], ['hashlimit-name']],
  excludes: [['hashlimit-upto', 'hashlimit-above']],
  defaults: { 'hashlimit-burst': String(DEFAULT_BURST) },
  finish: finishHashlimit,
}

export const recent: Extension = {
  name: 'recent',
  options: [
    flag('set', { negatable: true }),
    flag('rcheck', { negatable: true }),
    flag('update', { negatable: true }),
    flag('remove', { negatable: true }),
    option('seconds', integer(1, U32)),
    flag('reap'),
    option('hitcount', integer(1, U16 - 1)),
    flag('rttl'),
    option('name', name(199)),
    option('mask', mask),
    flag('rsource'),
    flag('rdest'),
  ],
  needs: [['set', 'rcheck', 'update', 'remove']],
  excludes: [
    ['set', 'rcheck', 'update', 'remove'],
    ['rsource', 'rdest'],
  ],
  beside: [['reap', 'seconds']],
  defaults: { name: 'DEFAULT', mask: wholeMask },
  finish: (given) => {
    if (!given.has('rdest')) given.set('rsource', { negated: false, text: '' })
    const checks = given.has('rcheck') || given.has('update')
    const surplus = ['seconds', 'hitcount', 'rttl'].find((key) => !checks && given.has(key))
    return surplus && `--${surplus} needs --rcheck or --update`
  },
}
