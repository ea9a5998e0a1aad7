import type { Probe } from '../probes/probe.ts'
import type { Resource } from '../resources/kind.ts'
import type { Address } from '../resources/address.ts'

/** Why a check cannot be made in a copy; undefined: it can. */
export type Reason = (probe: Probe) => string | undefined

const addressesOf = (resources: readonly Resource[]): ReadonlySet<string> =>
  new Set(
    resources.flatMap((one) =>
      one.kind === 'address' ? [(one as Address).address.replace(/\/.*/, '')] : [],
    ),
  )

/**
 * What can be checked in a copy: there is nobody outside of it, and no program in it that answers.
 *
 * @param resources what the copy has, and is to have
 */
export const obstacleTo = (resources: readonly Resource[]): Reason => {
  const addresses = addressesOf(resources)
  return (probe) => {
    if (probe.kind !== 'ping') return 'no program answers in a copy of the network'
    return addresses.has(probe.address) ? undefined : `${probe.address} is outside of the copy`
  }
}
