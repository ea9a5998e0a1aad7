import { isIPv4, isIPv6 } from 'node:net'

/** An address in words of 32 bits: one for IPv4, four for IPv6. */
export type Words = readonly number[]

export interface Network {
  readonly words: Words
  readonly mask: Words
}

export const parseAddress = (text: string): Words => {
  if (isIPv4(text)) return [joinBytes(text.split('.').map(Number))]
  if (!isIPv6(text)) throw new Error(`${text} is not an address`)
  const [left = '', right] = text.split('::')
  const head = parseGroups(left)
  const tail = parseGroups(right ?? '')
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0)
  const groups = [...head, ...zeros, ...tail]
  return [0, 2, 4, 6].map((at) => ((groups[at]! << 16) | groups[at + 1]!) >>> 0)
}

const joinBytes = (bytes: readonly number[]): number =>
  bytes.reduce((word, byte) => ((word << 8) | byte) >>> 0, 0)

/** The groups of one side of `::`; the last may be a dotted quad. */
const parseGroups = (text: string): readonly number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((group) => {
        if (!group.includes('.')) return [parseInt(group, 16)]
        const word = joinBytes(group.split('.').map(Number))
        return [word >>> 16, word & 0xffff]
      })

/** `10.0.0.0/8`, `10.0.0.0/255.0.0.0` or an address alone. */
export const parseNetwork = (text: string): Network => {
  const [address = '', length] = text.split('/')
  const words = parseAddress(address)
  const mask = length === undefined ? words.map(() => 0xffffffff) : parseMask(length, words.length)
  return { words: words.map((word, at) => (word & mask[at]!) >>> 0), mask }
}

const parseMask = (text: string, count: number): Words => {
  if (!/^\d+$/.test(text)) return parseAddress(text)
  return Array.from({ length: count }, (_, at) => {
    const bits = Math.min(32, Math.max(0, Number(text) - 32 * at))
    return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0
  })
}

export const isIn = (address: Words, { words, mask }: Network): boolean => {
  for (let at = 0; at < words.length; at += 1)
    if ((address[at]! & mask[at]!) >>> 0 !== words[at]!) return false
  return true
}

export const isSame = (one: Words, other: Words): boolean =>
  one.every((word, at) => word === other[at])
