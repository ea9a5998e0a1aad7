import type { Value } from '../extension.ts'
import { formatHex, parseNumberUpTo, U32 } from './numbers.ts'

/** `VALUE` or `VALUE/MASK`; without a mask, all bits. */
const parseMark = (word: string): readonly [number, number] | undefined => {
  const [first = '', second, ...more] = word.split('/')
  const value = parseNumberUpTo(first, U32)
  const bits = second === undefined ? U32 : parseNumberUpTo(second, U32)
  return value === undefined || bits === undefined || more.length > 0 ? undefined : [value, bits]
}

const slashed = (value: number, bits: number): string => `${formatHex(value)}/${formatHex(bits)}`

/** What a match compares with: the mask is printed unless it is all bits. */
export const mark: Value = {
  expects: 'a mark, as 0x4000 or 0x4000/0x4000',
  read: (word) => {
    const parsed = parseMark(word)
    if (!parsed) return undefined
    return parsed[1] === U32 ? formatHex(parsed[0]) : slashed(...parsed)
  },
}

/** A mark and its mask, both printed. */
export const markAndMask: Value = {
  expects: mark.expects,
  read: (word) => {
    const parsed = parseMark(word)
    return parsed && slashed(...parsed)
  },
}

/** What MARK makes of --set-mark: the bits of the value are always among those cleared. */
export const setMark: Value = {
  expects: mark.expects,
  read: (word) => {
    const parsed = parseMark(word)
    return parsed && slashed(parsed[0], (parsed[0] | parsed[1]) >>> 0)
  },
}

const bits = (print: (value: number) => string): Value => ({
  expects: 'a mark without a mask, as 0x4000',
  read: (word) => {
    const value = parseNumberUpTo(word, U32)
    return value === undefined ? undefined : print(value)
  },
})

/** --or-mark, --and-mark and --xor-mark are short for clear-and-xor. */
export const orMark = bits((value) => slashed(value, value))
export const andMark = bits((value) => slashed(0, ~value >>> 0))
export const xorMark = bits((value) => slashed(value, 0))

/** A mask that is printed in hexadecimal. */
export const markMask = bits((value) => formatHex(value))
