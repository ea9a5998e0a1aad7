import { withoutLength } from '../net/addresses.ts'
import type { Probe } from '../probes/probe.ts'
import type { Resource } from '../resources/kind.ts'
import type { Address } from '../resources/address.ts'

/** Why a check cannot be made in a copy; undefined: it can. */
export type Reason = (probe: Probe) => string | undefined

/** Addresses, without their lengths. */
export const addressesOf = (resources: readonly Resource[]): readonly string[] =>
  resources.flatMap((one) =>
    one.kind === 'address' ? [withoutLength((one as Address).address)] : [],
  )

/**
 * What can be checked in a copy: there is nobody outside of it, and no program in it that answers.
 *
 * @param there the addresses that the copy has, or is to have
 */
export const obstacleTo = (there: readonly string[]): Reason => {
  const addresses = new Set(there)
  return (probe) => {
    if (probe.kind !== 'ping') return 'no program answers in a copy of the network'
    return addresses.has(probe.address) ? undefined : `${probe.address} is outside of the copy`
  }
}
