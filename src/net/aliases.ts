import { addressDigits, addressOfDigits, familyOf, isAddress } from './addresses.ts'
import type { Family } from './addresses.ts'

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

const patterns = [
  '(?<![0-9a-z:])(?<mac>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?![0-9a-z:])',
  // A bridge's ID has its priority first, and no zeros: 8000.a:58:a:0:1:1.
  '(?<=[0-9a-f]{4}[.])(?<bare>(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})(?![0-9a-z:])',
  '(?<![0-9a-z:.])(?<inet6>(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![0-9a-z:.])',
  '(?<![0-9a-z.])(?<inet>[0-9]{1,3}(?:[.][0-9]{1,3}){3})(?![0-9a-z]|[.][0-9])',
  // A chain of ours for the services of a network: NP111-T-0a600038-32.
  '(?<=-T-)(?<digits>[0-9a-f]{8}(?:[0-9a-f]{24})?)(?=-[0-9])',
]

const words = new RegExp(patterns.join('|'), 'gi')

type Word = 'mac' | 'bare' | 'inet6' | 'inet' | 'digits'

type Groups = Readonly<Record<Word, string | undefined>>

const replaceWords = (text: string, change: (word: Word, text: string) => string): string =>
  text.replace(words, (match: string, ...args: unknown[]) => {
    const found = Object.entries(args.at(-1) as Groups).find(([, one]) => one !== undefined)
    return found ? change(found[0] as Word, match) : match
  })

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
const networkOf = (digits: string): string | undefined => {
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

const hex = (number: number): string => number.toString(16).padStart(2, '0')

const macOf = (digits: string): string => (digits.match(/../g) ?? []).join(':')

/** Another address of the same sort: one for many stays one for many, one that was made up stays so. */
const aliasMac = (mac: string, random: AliasOptions['random']): string => {
  const first = parseInt(mac.slice(0, 2), 16)
  const others = Array.from({ length: 5 }, () => hex(random(256)))
  return [hex((random(64) << 2) | (first & 3)), ...others].join(':')
}

/** Groups, broadcast and none say nothing of anybody. */
const isAnybodys = (mac: string): boolean => /^(?:01:00:5e|33:33|ff:ff|00:00:00:00)/.test(mac)

/** The end of an address that was made of a MAC address (RFC 4291, appendix A), and back. */
const interfaceId = (mac: string): string => {
  const digits = mac.replaceAll(':', '')
  const first = hex(parseInt(digits.slice(0, 2), 16) ^ 2)
  return `${first}${digits.slice(2, 6)}fffe${digits.slice(6)}`
}

const canonicalMac = (text: string): string =>
  text
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':')
    .toLowerCase()

const bareMac = (mac: string): string =>
  mac
    .split(':')
    .map((part) => parseInt(part, 16).toString(16))
    .join(':')

interface Found {
  readonly macs: ReadonlySet<string>
  readonly networks: ReadonlySet<string>
}

const digitsOf = (word: Word, text: string): string | undefined => {
  if (word === 'digits') return text.toLowerCase()
  return isAddress(text) ? addressDigits(text) : undefined
}

/** The MAC address that an IPv6 address was made of. */
const macIn = (digits: string): string | undefined => {
  const id = digits.slice(16)
  if (id.slice(6, 10) !== 'fffe') return undefined
  const first = hex(parseInt(id.slice(0, 2), 16) ^ 2)
  return macOf(`${first}${id.slice(2, 6)}${id.slice(10)}`)
}

/** What there is to hide in texts. */
const lookThrough = (texts: readonly string[], kept: ReadonlySet<string>): Found => {
  const macs = new Set<string>()
  const networks = new Set<string>()
  const addMac = (mac: string | undefined): void => {
    if (mac !== undefined && !isAnybodys(mac) && !kept.has(mac)) macs.add(mac)
  }
  const look = (word: Word, found: string): string => {
    if (word === 'mac' || word === 'bare') addMac(canonicalMac(found))
    const digits = digitsOf(word, found) ?? ''
    const head = networkOf(digits)
    if (head !== undefined) networks.add(head)
    addMac(macIn(digits))
    return found
  }
  for (const text of texts) replaceWords(text, look)
  return { macs, networks }
}

/** MAC addresses, and what addresses hold of them, by what stands for them. */
const aliasMacs = (
  macs: ReadonlySet<string>,
  random: AliasOptions['random'],
): { readonly whole: ReadonlyMap<string, string>; readonly parts: ReadonlyMap<string, string> } => {
  const whole = new Map([...macs].map((mac) => [mac, aliasMac(mac, random)]))
  const parts = new Map<string, string>()
  for (const [mac, alias] of whole) {
    parts.set(interfaceId(mac), interfaceId(alias))
    // The group by which neighbours ask for an address (RFC 4291, 2.7.1), and its MAC address.
    parts.set(`ff${mac.slice(9).replaceAll(':', '')}`, `ff${alias.slice(9).replaceAll(':', '')}`)
  }
  return { whole, parts }
}

type MacAliases = ReturnType<typeof aliasMacs>

const hideMac = ({ whole, parts }: MacAliases, text: string): string => {
  const mac = text.toLowerCase()
  const group = /^33:33:(ff:..:..:..)$/.exec(mac)?.[1]?.replaceAll(':', '')
  const part = group === undefined ? undefined : parts.get(group)
  return part === undefined ? (whole.get(mac) ?? text) : `33:33:${macOf(part)}`
}

const hideDigits = (
  { parts }: MacAliases,
  networks: ReadonlyMap<string, string>,
  digits: string,
): string => {
  const head = networks.get(networkOf(digits) ?? '')
  const moved = head === undefined ? digits : head + digits.slice(head.length)
  if (moved.length === 8) return moved
  const tail = moved.startsWith('ff02') ? 8 : 16
  return moved.slice(0, -tail) + (parts.get(moved.slice(-tail)) ?? moved.slice(-tail))
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
  const hideWord = (word: Word, text: string): string => {
    if (word === 'mac') return hideMac(macs, text)
    if (word === 'bare') return bareMac(hideMac(macs, canonicalMac(text)))
    const digits = digitsOf(word, text)
    if (digits === undefined) return text
    const hidden = hideDigits(macs, networks, digits)
    if (hidden === digits) return text
    return word === 'digits' ? hidden : addressOfDigits(hidden, familyOf(text))
  }
  return {
    hide: (text) => replaceWords(text, hideWord),
    find: (text) => {
      const pairs = new Map<string, string>()
      replaceWords(text, (word, one) => {
        const alias = hideWord(word, one)
        if (alias !== one) pairs.set(one, alias)
        return one
      })
      return [...pairs]
    },
  }
}
