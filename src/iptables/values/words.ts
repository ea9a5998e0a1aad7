import type { Value } from '../extension.ts'
import { quote } from '../tokens.ts'

/** One of some words, in any case; they are printed as they stand here. */
export const oneOf = (...words: readonly string[]): Value => oneOfNamed(pairs(words))

const pairs = (words: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(words.map((word) => [word.toLowerCase(), word]))

/** One of some words, in any case, each with what is printed for it. */
export const oneOfNamed = (names: Readonly<Record<string, string>>): Value => ({
  expects: `one of ${Object.keys(names).join(', ')}`,
  read: (word) => {
    const key = word.toLowerCase()
    return Object.hasOwn(names, key) ? names[key] : undefined
  },
})

/** A list of words in any case and order; they are printed in the order in which they stand here. */
export const listOf = (...words: readonly string[]): Value => ({
  expects: `a list, without spaces, of ${words.join(', ')}`,
  read: (word) => {
    const given = word.toUpperCase().split(',')
    const known = words.filter((one) => given.includes(one.toUpperCase()))
    return new Set(given).size === known.length ? known.join(',') : undefined
  },
})

/** Free text of so many bytes, which is printed in quotes where it needs them. Longer text, iptables cuts. */
export const text = (min: number, max: number): Value => ({
  expects: `text of ${min} to ${max} bytes`,
  read: (word) => {
    const bytes = Buffer.byteLength(word)
    // Half of a surrogate pair has no UTF-8.
    return bytes >= min && bytes <= max && !/\p{Surrogate}/u.test(word) ? quote(word) : undefined
  },
})

/** A name that is printed as it is, never quoted, and so can have no character that would need it. */
export const name = (max: number): Value => ({
  expects: `a name of up to ${max} letters, digits and _ . : + -`,
  read: (word) => (word.length <= max && /^[\w.:+][\w.:+-]*$/.test(word) ? word : undefined),
})

const INTERFACE = /^(?!!$)[\x21-\x7e]{1,15}$/

/** The name of a device, or its beginning and `+`. */
export const device: Value = {
  expects: 'the name of a device, up to 15 characters, or its beginning and +',
  read: (word) => (INTERFACE.test(word) && !/["'\\/]/.test(word) ? word : undefined),
}

/** `src` and `dst`, up to six of them. */
export const setDirections: Value = {
  expects: 'up to six of src and dst, as src,dst',
  read: (word) => (/^(src|dst)(,(src|dst)){0,5}$/.test(word) ? word : undefined),
}
