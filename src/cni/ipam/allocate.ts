import { codes, CniError } from '../errors.ts'
import type { Ip } from '../result.ts'
import { canonicalAddress, contains, familyOf, withoutLength } from '../../net/addresses.ts'
import { addressOfNumber, numberOf } from '../../net/subnets.ts'
import { spanOf } from './numbers.ts'
import type { Range, RangeSet } from './ranges.ts'
import type { Holder, Store } from './store.ts'

interface Pool {
  readonly store: Store
  readonly reserved: readonly string[]
}

const noAddress = (message: string, details = ''): CniError =>
  new CniError(codes.noAddress, message, details)

/** The prefixes in which nobody gets an address, of the family of a range. */
const reservedIn = ({ subnet }: Range, reserved: readonly string[]): readonly string[] =>
  reserved.filter((prefix) => familyOf(prefix) === familyOf(subnet))

const isWithin = ({ start, end }: Range, address: string): boolean =>
  numberOf(start) <= numberOf(address) && numberOf(address) <= numberOf(end)

const isFree = (range: Range, address: string, reserved: readonly string[]): boolean =>
  address !== range.gateway && !reserved.some((prefix) => contains(prefix, address))

/** Where the search of a range begins: behind what was given last, for an address rests before it is given again. */
const rotate = (set: RangeSet, last: string | undefined): readonly (readonly [Range, bigint])[] => {
  const whole = set.map((range) => [range, numberOf(range.start)] as const)
  const at =
    last === undefined
      ? -1
      : set.findIndex((range) => familyOf(range.subnet) === familyOf(last) && isWithin(range, last))
  const range = set[at]
  if (!range || last === undefined) return whole
  // The rest of its range, the others, and from its beginning.
  return [[range, numberOf(last) + 1n], ...whole.slice(at + 1), ...whole.slice(0, at + 1)]
}

/** Addresses in turn; those that are reserved by a prefix are stepped over at once. */
function* candidates(set: RangeSet, last: string | undefined, reserved: readonly string[]) {
  for (const [range, first] of rotate(set, last)) {
    const family = familyOf(range.subnet)
    const kept = [range.gateway, ...reservedIn(range, reserved)].map(spanOf)
    const end = numberOf(range.end)
    let number = first
    while (number <= end) {
      const span = kept.find((one) => one.first <= number && number <= one.last)
      if (!span) yield { range, address: addressOfNumber(number, family) }
      number = (span?.last ?? number) + 1n
    }
  }
}

const toIp = ({ subnet, gateway }: Range, address: string): Ip => ({
  address: `${address}/${subnet.split('/')[1] ?? ''}`,
  gateway,
})

const takeRequested = async (
  address: string,
  sets: readonly RangeSet[],
  { store, reserved }: Pool,
  holder: Holder,
): Promise<Ip> => {
  const range = sets
    .flat()
    .find((one) => familyOf(one.subnet) === familyOf(address) && isWithin(one, address))
  if (!range) throw noAddress(`${address} is in no range of this network`)
  if (!isFree(range, address, reservedIn(range, reserved)))
    throw noAddress(`${address} is reserved`)
  if (await store.take(address, holder)) return toIp(range, address)
  throw noAddress(`${address} is given to somebody else`)
}

const takeNext = async (
  set: RangeSet,
  index: number,
  { store, reserved }: Pool,
  holder: Holder,
): Promise<Ip> => {
  const [held, last] = await Promise.all([store.names(), store.last(index)])
  for (const { range, address } of candidates(set, last, reserved)) {
    if (held.has(address) || !(await store.take(address, holder))) continue
    await store.remember(index, address)
    return toIp(range, address)
  }
  const all = set.map(({ start, end }) => `${start}-${end}`).join(', ')
  throw noAddress(`no address is left of ${all}`)
}

const isOfSet = (set: RangeSet, address: string): boolean =>
  set.some((range) => familyOf(range.subnet) === familyOf(address) && isWithin(range, address))

const requireOnce = async (store: Store, holder: Holder): Promise<void> => {
  const held = await store.list()
  const own = [...held].filter(
    ([, one]) => one.containerId === holder.containerId && one.ifname === holder.ifname,
  )
  if (own.length === 0) return
  const addresses = own.map(([address]) => address).join(', ')
  throw noAddress(`${holder.containerId} has an address for ${holder.ifname} already`, addresses)
}

/**
 * Takes an address of each set of ranges: those that are asked for, else the next.
 *
 * @throws CniError where one cannot be had; then none is taken
 */
export const allocate = async (
  sets: readonly RangeSet[],
  requested: readonly string[],
  pool: Pool,
  holder: Holder,
): Promise<readonly Ip[]> => {
  const asked = requested.map((one) => canonicalAddress(withoutLength(one)))
  await requireOnce(pool.store, holder)
  const taken: Ip[] = []
  try {
    for (const address of asked) taken.push(await takeRequested(address, sets, pool, holder))
    for (const [index, set] of sets.entries()) {
      if (asked.some((address) => isOfSet(set, address))) continue
      taken.push(await takeNext(set, index, pool, holder))
    }
    return taken
  } catch (error) {
    for (const { address } of taken) await pool.store.release(withoutLength(address))
    throw error
  }
}

/** Whether each set has an address left. */
export const hasRoom = async (sets: readonly RangeSet[], pool: Pool): Promise<boolean> => {
  const held = await pool.store.names()
  return sets.every((set) => {
    for (const { address } of candidates(set, undefined, pool.reserved))
      if (!held.has(address)) return true
    return false
  })
}

/** Gives back what some hold. */
export const release = async (
  store: Store,
  isTheirs: (holder: Holder) => boolean,
): Promise<void> => {
  for (const [address, holder] of await store.list())
    if (isTheirs(holder)) await store.release(address)
}
