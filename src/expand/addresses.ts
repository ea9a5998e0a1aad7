import { canonicalInterfaceAddress, familyOf, networkOf } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import type { Attributes } from '../resources/kind.ts'
import type { Context, Place } from './context.ts'

/** On a link of ours the order counts: the first of a subnet is the source of its packets. */
const attributesOf = (address: string, primary: string | undefined, place: Place): Attributes =>
  familyOf(address) === 'inet' && place.mark !== undefined ? { primary: primary ?? null } : {}

export const expandAddresses = (
  context: Context,
  addresses: readonly string[],
  place: Place,
): readonly Address[] => {
  const primaries = new Map<string, string>()
  return addresses.map((text, index) => {
    const address = canonicalInterfaceAddress(text)
    const network = networkOf(address)
    const primary = familyOf(address) === 'inet' ? primaries.get(network) : undefined
    if (primary === undefined) primaries.set(network, address)
    return {
      kind: 'address',
      namespace: place.namespace,
      link: place.name,
      address,
      primary,
      attributes: attributesOf(address, primary, place),
      mark: place.mark,
      source: context.locate([...place.path, 'addresses', index]),
    }
  })
}
