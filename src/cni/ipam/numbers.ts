import {
  addressDigits,
  addressOfDigits,
  familyOf,
  networkOf,
  withoutLength,
} from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'

const digitsOf = { inet: 8, inet6: 32 }

export const numberOf = (address: string): bigint => BigInt(`0x${addressDigits(address)}`)

export const addressAt = (number: bigint, family: Family): string =>
  addressOfDigits(number.toString(16).padStart(digitsOf[family], '0'), family)

/** The first address of a subnet that a device may have, and the last; without the broadcast address of IPv4. */
export const boundsOf = (
  subnet: string,
): { readonly first: bigint; readonly last: bigint; readonly network: string } => {
  const network = networkOf(subnet)
  const base = numberOf(withoutLength(network))
  const family = familyOf(network)
  const bits = digitsOf[family] * 4 - Number(network.split('/')[1])
  const size = 1n << BigInt(bits)
  const last = base + size - (family === 'inet' ? 2n : 1n)
  return { first: base + 1n, last, network }
}
