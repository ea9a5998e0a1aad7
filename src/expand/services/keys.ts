import { addressDigits, addressOfDigits } from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import { hashedName } from '../../iptables/names.ts'
import type { Protocol } from './model.ts'
import type { Shape } from './trie.ts'

/** An address as a key of a trie. */
export const addressKey = (address: string): string => addressDigits(address)

const lengthText = (prefix: string): string => String(prefix.length * 4)

/** The prefix as iptables-save prints it, as `10.96.0.0/20`. */
const prefixText = (prefix: string, family: Family): string =>
  `${addressOfDigits(prefix, family)}/${lengthText(prefix)}`

const longestReadable = 12

/** NP111-T-0a600000-20: the address of a trie's chain is its name, hashed where that is too long. */
const positionName = (start: string, prefix: string, family: Family): string => {
  if (family === 'inet') return `${start}${prefix.padEnd(8, '0')}-${lengthText(prefix)}`
  return prefix.length <= longestReadable
    ? `${start}${prefix}-${lengthText(prefix)}`
    : hashedName(start, prefix)
}

/** By destination or source address. */
export const addressShape = (start: string, family: Family, flag: '-d' | '-s'): Shape => ({
  nameOf: (prefix) => positionName(start, prefix, family),
  match: (prefix) => `${flag} ${prefixText(prefix, family)}`,
})

/** A port as a key of a trie. */
export const portKey = (port: number): string => port.toString(16).padStart(4, '0')

/** By destination port: a prefix of its digits is a range. */
export const portShape = (start: string, protocol: Protocol): Shape => ({
  nameOf: (prefix) => `${start}${protocol}-${prefix}`,
  match: (prefix) => {
    const low = parseInt(prefix.padEnd(4, '0'), 16)
    const high = parseInt(prefix.padEnd(4, 'f'), 16)
    return `-p ${protocol} -m ${protocol} --dport ${String(low)}:${String(high)}`
  },
})
