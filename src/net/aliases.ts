import { replaceWords } from './address-words.ts'
import type { Word } from './address-words.ts'
import { addressDigits, addressOfDigits, isAddress, networkOf } from './addresses.ts'
import type { Family } from './addresses.ts'
import {
  aliasMacs,
  bareMac,
  canonicalMac,
  hideMac,
  isAnybodys,
  macIn,
  macOf,
} from './mac-aliases.ts'
import type { MacAliases } from './mac-aliases.ts'

/** What stands for addresses that nobody else is to see. */
export interface Aliases {
  /** A text with all of them replaced. */
  hide(text: string): string
  /** What is public in a text, as it is written there, and what stands for it. */
  find(text: string): readonly (readonly [string, string])[]
}

export interface AliasOptions {
  /** A whole number from 0 up to, and without, `below`. */
  random(below: number): number
  /** MAC addresses in lower case that stay as they are. */
  readonly kept: ReadonlySet<string>
}

/** Digits of an address that are replaced: those that say whose the network is. The others say who is in it. */
const shared: Readonly<Record<Family, number>> = { inet: 4, inet6: 12 }

/** Stretches of first digits, in which each is public: with those between them everybody has the same networks. */
const stretches: Readonly<Record<Family, readonly (readonly [number, number])[]>> = {
  // 10/8, 100.64/10, 127/8, 169.254/16, 172.16/12, 192.0/16 (192.0.2.0/24), 192.168/16, 198.18/15, 198.51/16,
  // 203.0/16 (203.0.113.0/24), 224/3 (RFC 6890)
  inet: [
    [0x0100, 0x0a00],
    [0x0b00, 0x6440],
    [0x6480, 0x7f00],
    [0x8000, 0xa9fe],
    [0xa9ff, 0xac10],
    [0xac20, 0xc000],
    [0xc001, 0xc0a8],
    [0xc0a9, 0xc612],
    [0xc614, 0xc633],
    [0xc634, 0xcb00],
    [0xcb01, 0xe000],
  ],
  // 2000::/3 but for 2001:db8::/32 (RFC 3849)
  inet6: [
    [0x2000_0000_0000, 0x2001_0db8_0000],
    [0x2001_0db9_0000, 0x4000_0000_0000],
  ],
}

const familyOfDigits = (digits: string): Family => (digits.length === 8 ? 'inet' : 'inet6')

/** A public network by its first digits; undefined: it is not public. */
const headOf = (digits: string): string | undefined => {
  const family = familyOfDigits(digits)
  const head = digits.slice(0, shared[family])
  const number = parseInt(head, 16)
  const isPublic = stretches[family].some(([from, to]) => number >= from && number < to)
  return isPublic ? head : undefined
}

/** That many numbers of a stretch, in ascending order. */
const choose = (
  [from, to]: readonly [number, number],
  count: number,
  random: AliasOptions['random'],
): readonly number[] => {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(from + random(to - from))
  return [...chosen].sort((a, b) => a - b)
}

/** What stands for networks: in the same order, since what is sorted by them is to stay sorted. */
const aliasNetworks = (
  heads: ReadonlySet<string>,
  random: AliasOptions['random'],
): ReadonlyMap<string, string> => {
  const aliases = new Map<string, string>()
  for (const family of ['inet', 'inet6'] as const) {
    for (const stretch of stretches[family]) {
      const inside = [...heads]
        .filter((head) => head.length === shared[family])
        .filter((head) => parseInt(head, 16) >= stretch[0] && parseInt(head, 16) < stretch[1])
        .sort()
      const chosen = choose(stretch, inside.length, random)
      inside.forEach((head, index) => {
        aliases.set(head, (chosen[index] ?? 0).toString(16).padStart(shared[family], '0'))
      })
    }
  }
  return aliases
}

/** Of shorter prefixes the length says nothing of anybody: halves and quarters of all that there is. */
const widest: Readonly<Record<Family, number>> = { inet: 8, inet6: 16 }

interface Found {
  readonly macs: ReadonlySet<string>
  readonly networks: ReadonlySet<string>
}

const digitsOf = ({ form, text }: Word): string | undefined => {
  if (form === 'digits') return text.toLowerCase()
  const address = form === 'dashed' ? text.replaceAll('-', '.') : text
  return isAddress(address) ? addressDigits(address) : undefined
}

const macOfWord = ({ form, text }: Word): string | undefined => {
  if (form === 'name') return macOf(text.toLowerCase())
  return form === 'mac' || form === 'bare' ? canonicalMac(text) : undefined
}

/** Where the IPv4 address begins that an IPv6 address holds: ::ffff:0:0/96, and 64:ff9b::/96 (RFC 6052). */
const embeddedAt = (digits: string): number =>
  /^(?:0{20}ffff|0064ff9b0{16})[0-9a-f]{8}$/.test(digits) ? 24 : 0

/** What there is to hide in texts. */
const lookThrough = (texts: readonly string[], kept: ReadonlySet<string>): Found => {
  const macs = new Set<string>()
  const networks = new Set<string>()
  const addMac = (mac: string | undefined): void => {
    if (mac !== undefined && !isAnybodys(mac) && !kept.has(mac)) macs.add(mac)
  }
  const look = (word: Word): string => {
    addMac(macOfWord(word))
    const digits = digitsOf(word) ?? ''
    const head = headOf(digits.slice(embeddedAt(digits)))
    if (head !== undefined) networks.add(head)
    addMac(macIn(digits))
    return word.text
  }
  for (const text of texts) replaceWords(text, look)
  return { macs, networks }
}

const hideDigits = (
  { parts }: MacAliases,
  networks: ReadonlyMap<string, string>,
  digits: string,
): string => {
  const at = embeddedAt(digits)
  const head = networks.get(headOf(digits.slice(at)) ?? '')
  const moved =
    head === undefined ? digits : digits.slice(0, at) + head + digits.slice(at + head.length)
  if (moved.length === 8) return moved
  const tail = moved.startsWith('ff02') ? 8 : 16
  return moved.slice(0, -tail) + (parts.get(moved.slice(-tail)) ?? moved.slice(-tail))
}

/** A prefix that is shorter than what is replaced stays one, without bits behind its length. */
const cutPrefix = (digits: string, hidden: string, length: number | undefined): string => {
  const family = familyOfDigits(digits)
  if (length === undefined || length >= shared[family] * 4) return hidden
  const cut = (all: string): string =>
    addressDigits(networkOf(`${addressOfDigits(all, family)}/${String(length)}`))
  if (cut(digits) !== digits) return hidden
  return length < widest[family] ? digits : cut(hidden)
}

const writeDigits = ({ form }: Word, digits: string): string => {
  if (form === 'digits') return digits
  const address = addressOfDigits(digits, familyOfDigits(digits))
  return form === 'dashed' ? address.replaceAll('.', '-') : address
}

const writeMac = ({ form, text }: Word, macs: MacAliases): string => {
  if (form === 'mac') return hideMac(macs, text)
  if (form === 'bare') return bareMac(hideMac(macs, canonicalMac(text)))
  return hideMac(macs, macOf(text)).replaceAll(':', '')
}

/**
 * Makes what stands for the public addresses and MAC addresses of texts: always the same for one address, networks
 * and their order kept, so that whatever is planned is planned alike.
 */
export const makeAliases = (texts: readonly string[], options: AliasOptions): Aliases => {
  const { random, kept } = options
  const found = lookThrough(texts, kept)
  const networks = aliasNetworks(found.networks, random)
  const macs = aliasMacs(found.macs, random)
  const hideWord = (word: Word): string => {
    if (macOfWord(word) !== undefined) return writeMac(word, macs)
    const digits = digitsOf(word)
    if (digits === undefined) return word.text
    const hidden = cutPrefix(digits, hideDigits(macs, networks, digits), word.length)
    return hidden === digits ? word.text : writeDigits(word, hidden)
  }
  return {
    hide: (text) => replaceWords(text, hideWord),
    find: (text) => {
      const pairs = new Map<string, string>()
      replaceWords(text, (word) => {
        const alias = hideWord(word)
        if (alias !== word.text) pairs.set(word.text, alias)
        return word.text
      })
      return [...pairs]
    },
  }
}
