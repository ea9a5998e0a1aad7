import { familyOf, networkOf, withoutLength } from '../../net/addresses.ts'
import { numberOf, sizeOf } from '../../net/subnets.ts'

interface Span {
  readonly first: bigint
  readonly last: bigint
}

/** All addresses of a prefix, or of an address alone. */
export const spanOf = (prefix: string): Span => {
  const network = networkOf(prefix)
  const first = numberOf(withoutLength(network))
  return { first, last: first + sizeOf(network) - 1n }
}

/** The first address of a subnet that a device may have, and the last; without the broadcast address of IPv4. */
export const boundsOf = (subnet: string): Span => {
  const { first, last } = spanOf(subnet)
  return { first: first + 1n, last: familyOf(subnet) === 'inet' ? last - 1n : last }
}
