import {
  canonicalAddress,
  familyOf,
  isAddress,
  isInterfaceAddress,
  networkOf,
} from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import type { Context, Value } from '../extension.ts'
import { parseNumberUpTo } from './numbers.ts'

const LENGTHS: Readonly<Record<Family, number>> = { inet: 32, inet6: 128 }
const NAMES: Readonly<Record<Family, string>> = { inet: 'IPv4', inet6: 'IPv6' }

/** An address of the family as iptables prints it; undefined: it is none, or a name to look up. */
export const parseAddress = (word: string, family: Family): string | undefined =>
  isAddress(word) && familyOf(word) === family ? canonicalAddress(word) : undefined

/** Masks that are a prefix length, by their text: '255.255.0.0' is 16. */
const masks = (family: Family): ReadonlyMap<string, number> => {
  const ones = family === 'inet' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
  const entry = (_: unknown, length: number): [string, number] => [
    networkOf(`${ones}/${length}`).replace(/\/.*/, ''),
    length,
  ]
  return new Map(Array.from({ length: LENGTHS[family] + 1 }, entry))
}

const known = new Map<Family, ReadonlyMap<string, number>>()

// Few rules have such a mask, and they take as long to be made as a small file to be read.
const masksOf = (family: Family): ReadonlyMap<string, number> => {
  const made = known.get(family) ?? masks(family)
  known.set(family, made)
  return made
}

/** The prefix length that `/24` or `/255.255.255.0` means. */
const parseLength = (word: string, family: Family): number | undefined => {
  const mask = parseAddress(word, family)
  return mask === undefined ? parseNumberUpTo(word, LENGTHS[family]) : masksOf(family).get(mask)
}

/** IPv4 alone: a mask with holes is kept in dots, and the address is cut by it. */
const parseHoles = (address: string, mask: string): string | undefined => {
  if (familyOf(address) !== 'inet' || parseAddress(mask, 'inet') === undefined) return undefined
  const bits = mask.split('.').map(Number)
  const cut = address.split('.').map((octet, index) => Number(octet) & (bits[index] ?? 0))
  return `${cut.join('.')}/${mask}`
}

/** `ADDRESS` or `ADDRESS/LENGTH` with the host bits cleared; undefined: it is neither. */
export const parseNetwork = (word: string, family: Family): string | undefined => {
  const slash = word.indexOf('/')
  const address = parseAddress(slash < 0 ? word : word.slice(0, slash), family)
  if (address === undefined) return undefined
  if (slash < 0) return `${address}/${LENGTHS[family]}`
  const length = parseLength(word.slice(slash + 1), family)
  if (length === undefined) return parseHoles(address, word.slice(slash + 1))
  const network = `${address}/${length}`
  return isInterfaceAddress(network) ? networkOf(network) : undefined
}

/** Whether it is every address, of which nothing is printed. */
export const isEverywhere = (network: string): boolean => network.endsWith('/0')

export const networkName = (family: Family): string =>
  `an ${NAMES[family]} address or network (names are not looked up)`

/** An address that is printed without a length. */
export const address: Value = {
  expects: 'an address of the family of the rule (names are not looked up)',
  read: (word, { family }) => parseAddress(word, family),
}

/** A network of the conntrack match: the host bits stay, and a whole address has no length. */
export const conntrackNetwork: Value = {
  expects: 'an address or network of the family of the rule (names are not looked up)',
  read: (word, { family }) => {
    const slash = word.indexOf('/')
    const host = parseAddress(slash < 0 ? word : word.slice(0, slash), family)
    if (host === undefined || slash < 0) return host
    const length = parseLength(word.slice(slash + 1), family)
    if (length === undefined) return undefined
    return length === LENGTHS[family] ? host : `${host}/${length}`
  },
}

/** A network that is printed with its length. A mask with holes would be taken for a whole address. */
export const network: Value = {
  expects: 'an address or network of the family of the rule',
  read: (word, { family }) => {
    const read = parseNetwork(word, family)
    return read?.includes('/') && isInterfaceAddress(read) ? read : undefined
  },
}

/** A mask that is written out: 255.255.255.0. iptables reads `24` as 0.0.0.24. */
export const mask: Value = {
  expects: 'a mask of the family of the rule, written out as 255.255.255.0',
  read: (word, { family }) => {
    const read = parseAddress(word, family)
    return read !== undefined && masksOf(family).has(read) ? read : undefined
  },
}

export const wholeMask = ({ family }: Context): string =>
  family === 'inet' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'

/** A prefix length; `silent`: the whole address is not printed. */
export const prefixLength = (silent: boolean): Value => ({
  expects: 'a prefix length of the family of the rule',
  read: (word, { family }) => {
    const length = parseNumberUpTo(word, LENGTHS[family])
    return silent && length === LENGTHS[family] ? '' : length?.toString()
  },
})

export const wholeLength = ({ family }: Context): string => String(LENGTHS[family])

/** `FIRST-LAST`; a single address is a range of one. */
export const addressRange: Value = {
  expects: 'a range of addresses of the family of the rule, as 10.0.0.1-10.0.0.9',
  read: (word, { family }) => {
    const [first = '', last = first, ...more] = word.split('-')
    const [low, high] = [parseAddress(first, family), parseAddress(last, family)]
    return low === undefined || high === undefined || more.length > 0 ? undefined : `${low}-${high}`
  },
}

/** An Ethernet address in lower case; iptables takes a single digit for a byte. */
export const mac: Value = {
  expects: 'an Ethernet address, as 02:00:00:00:00:01',
  read: (word) =>
    /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(word)
      ? word
          .split(':')
          .map((byte) => byte.padStart(2, '0').toLowerCase())
          .join(':')
      : undefined,
}
