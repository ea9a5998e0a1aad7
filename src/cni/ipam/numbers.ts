import { familyOf, networkOf, withoutLength } from '../../net/addresses.ts'
import { numberOf, sizeOf } from '../../net/subnets.ts'

/** The first address of a subnet that a device may have, and the last; without the broadcast address of IPv4. */
export const boundsOf = (
  subnet: string,
): { readonly first: bigint; readonly last: bigint; readonly network: string } => {
  const network = networkOf(subnet)
  const base = numberOf(withoutLength(network))
  const unused = familyOf(network) === 'inet' ? 2n : 1n
  return { first: base + 1n, last: base + sizeOf(network) - unused, network }
}
