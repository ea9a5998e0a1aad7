import type { Value } from '../extension.ts'

const DECIMAL = /^(0|[1-9]\d*)$/
const HEX = /^0x[0-9a-f]{1,16}$/i

/**
 * A whole number, decimal or hexadecimal; undefined: it is none. Octal (a leading zero), which
 * iptables reads in some places and refuses in others, is not taken.
 */
const parseNumber = (word: string): number | undefined => {
  if (!DECIMAL.test(word) && !HEX.test(word)) return undefined
  const value = Number(word)
  return Number.isSafeInteger(value) ? value : undefined
}

export const parseNumberUpTo = (word: string, max: number): number | undefined => {
  const value = parseNumber(word)
  return value !== undefined && value <= max ? value : undefined
}

export const U8 = 0xff
export const U16 = 0xffff
export const U32 = 0xffffffff

/** A number that is printed in decimal; `silent` is the default, of which nothing is printed. */
export const integer = (min: number, max: number, silent?: number): Value => ({
  expects: `a number from ${min} to ${max}`,
  read: (word) => {
    const value = parseNumberUpTo(word, max)
    if (value === undefined || value < min) return undefined
    return value === silent ? '' : String(value)
  },
})

/** A number that is printed in hexadecimal with so many digits at least. */
export const hex = (max: number, digits: number): Value => ({
  expects: `a number from 0 to ${max}`,
  read: (word) => {
    const value = parseNumberUpTo(word, max)
    return value === undefined ? undefined : formatHex(value, digits)
  },
})

export const formatHex = (value: number, digits = 1): string =>
  `0x${value.toString(16).padStart(digits, '0')}`

/** The ends of `LOW:HIGH`, of which either may be missing, or of a single number. */
export const parseRange = (
  word: string,
  max: number,
  separator = ':',
): readonly [number, number] | undefined => {
  const cut = word.indexOf(separator)
  if (cut < 0) {
    const value = parseNumberUpTo(word, max)
    return value === undefined ? undefined : [value, value]
  }
  const open = separator === ':' && word.length > 1
  const end = (text: string, missing: number): number | undefined =>
    text === '' && open ? missing : parseNumberUpTo(text, max)
  const low = end(word.slice(0, cut), 0)
  const high = end(word.slice(cut + 1), max)
  // A reversed range matches nothing; iptables takes some and refuses others.
  return low === undefined || high === undefined || low > high ? undefined : [low, high]
}

export const formatRange = ([low, high]: readonly [number, number], separator = ':'): string =>
  low === high ? String(low) : `${low}${separator}${high}`

/** A number or a range of them. */
export const range = (max: number, separator = ':'): Value => ({
  expects: `a number up to ${max}, or a range as 5${separator}10`,
  read: (word) => {
    const ends = parseRange(word, max, separator)
    return ends && formatRange(ends, separator)
  },
})
