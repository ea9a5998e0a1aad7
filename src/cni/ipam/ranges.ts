import { checked, invalidConfig, items, part, parts, text } from '../decode.ts'
import type { Part } from '../decode.ts'
import {
  isAddress,
  isPrefix,
  canonicalAddress,
  canonicalPrefix,
  contains,
  familyOf,
  hasHostBits,
} from '../../net/addresses.ts'
import { addressOfNumber, numberOf } from '../../net/subnets.ts'
import { boundsOf } from './numbers.ts'

/** Addresses of one subnet that may be given away. */
export interface Range {
  /** `10.1.0.0/24` */
  readonly subnet: string
  /** Never given away. */
  readonly gateway: string
  /** The first, and the last. */
  readonly start: string
  readonly end: string
}

/** An attachment gets one address of each set, from whichever of its ranges has one. */
export type RangeSet = readonly Range[]

const addressForm = { is: isAddress, say: 'an address' }
const subnetForm = {
  is: (value: string) => isPrefix(value) && value.includes('/'),
  say: 'a subnet, as in 10.1.0.0/24',
}

const own = (one: Part, key: string): string | undefined => {
  const found = checked(text(one, key), one.path + key, addressForm)
  return found === undefined ? undefined : canonicalAddress(found)
}

const requireWithin = (subnet: string, address: string, name: string): void => {
  if (familyOf(address) === familyOf(subnet) && contains(subnet, address)) return
  throw invalidConfig(`${name} is not within ${subnet}`, address)
}

/** What host-local takes where nothing is said: all but the gateway, which is the first, and the broadcast address. */
const readRange = (one: Part): Range => {
  const subnet = checked(text(one, 'subnet'), `${one.path}subnet`, subnetForm)
  if (subnet === undefined) throw invalidConfig(`${one.path}subnet is missing`)
  if (hasHostBits(subnet)) throw invalidConfig(`${one.path}subnet has host bits set`, subnet)
  const { first, last } = boundsOf(subnet)
  // One address is the gateway's.
  if (last <= first) throw invalidConfig(`${one.path}subnet has no room for anybody`, subnet)
  const family = familyOf(subnet)
  const start = own(one, 'rangeStart') ?? addressOfNumber(first, family)
  const end = own(one, 'rangeEnd') ?? addressOfNumber(last, family)
  const gateway = own(one, 'gateway') ?? addressOfNumber(first, family)
  if (familyOf(gateway) !== family)
    throw invalidConfig(`${one.path}gateway is of another family than ${subnet}`, gateway)
  requireWithin(subnet, start, `${one.path}rangeStart`)
  requireWithin(subnet, end, `${one.path}rangeEnd`)
  if (numberOf(end) < numberOf(start))
    throw invalidConfig(`${one.path}rangeEnd comes before rangeStart`, `${start} - ${end}`)
  return { subnet: canonicalPrefix(subnet), gateway, start, end }
}

const overlap = (a: Range, b: Range): boolean =>
  familyOf(a.subnet) === familyOf(b.subnet) &&
  numberOf(a.start) <= numberOf(b.end) &&
  numberOf(b.start) <= numberOf(a.end)

const requireSound = (sets: readonly RangeSet[]): void => {
  for (const set of sets) {
    const families = new Set(set.map(({ subnet }) => familyOf(subnet)))
    if (families.size > 1) throw invalidConfig('a set of ranges is of one family')
  }
  const all = sets.flat()
  all.forEach((range, index) => {
    const other = all.slice(index + 1).find((one) => overlap(range, one))
    if (other) throw invalidConfig('two ranges overlap', `${range.subnet}, ${other.subnet}`)
  })
}

const setsOf = (whole: Part, key: string): readonly RangeSet[] =>
  items(whole, key).map(([value, name]) => {
    const set = parts({ value: { [name]: value }, path: '' }, name).map(readRange)
    if (set.length === 0) throw invalidConfig(`${name} has no range`)
    return set
  })

/**
 * The ranges of a configuration, as host-local reads them: of the runtime, of `ranges`, and of the one that stands in
 * `ipam` itself.
 */
export const readRanges = (config: Part): readonly RangeSet[] => {
  const ipam = part(config, 'ipam')
  const sets = [
    ...setsOf(part(config, 'runtimeConfig'), 'ipRanges'),
    ...(text(ipam, 'subnet') === undefined ? [] : [[readRange(ipam)]]),
    ...setsOf(ipam, 'ranges'),
  ]
  requireSound(sets)
  return sets
}
