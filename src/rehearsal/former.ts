import type { Snapshot } from '../kernel/snapshot.ts'
import { familyOf } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import type { Resource } from '../resources/kind.ts'
import { sysctlIdentity } from '../resources/sysctl.ts'
import type { Sysctl } from '../resources/sysctl.ts'

/** Rules are restored from the text that iptables-save printed; flows come about by packets. */
const elsewhere: ReadonlySet<string> = new Set(['iptables', 'chain', 'jump', 'flow'])

/** What each namespace makes by itself. */
const own = /^(127\.|::1\/)/

/** As long as any rehearsal. */
const lifetime = '86400'

/**
 * Addresses that a router, or DHCP, gave: nobody does so in the copy, so that they are given like any other, and end
 * some day as theirs do.
 */
const lifetimeOf = ({ automatic, address, details = [] }: Address): readonly string[] => {
  if (automatic !== true || address.startsWith('fe80:')) return []
  const lasts = details.includes('preferred_lft') ? [] : ['preferred_lft', lifetime]
  return ['valid_lft', lifetime, ...lasts]
}

/** What was found to be nobody else's on the node is not tried again. */
const untried = ({ address, tentative, details = [] }: Address): readonly string[] =>
  familyOf(address) === 'inet6' && tentative !== true && !details.includes('nodad') ? ['nodad'] : []

const keepAddress = (found: Address): Address => {
  const { details = [] } = found
  const all = [...details, ...lifetimeOf(found), ...untried(found)]
  return { ...found, automatic: false, details: all }
}

/** What the kernel, or a router, gave, in a form in which it can be given again. */
export const keepAutomatic = (observed: readonly Resource[]): readonly Resource[] =>
  observed.map((one) => {
    if (one.kind !== 'address') return one
    const address = one as Address
    return own.test(address.address) ? address : keepAddress(address)
  })

/** All parameters that were read, beside those that were asked for. */
const sysctlsOf = ({ namespaces }: Snapshot, known: ReadonlySet<string>): readonly Sysctl[] =>
  namespaces.flatMap(({ name, sysctls }) =>
    Object.entries(sysctls).flatMap(([path, value]): readonly Sysctl[] =>
      value === null || known.has(sysctlIdentity(name, path))
        ? []
        : [{ kind: 'sysctl', namespace: name, path, attributes: { value } }],
    ),
  )

/** What the copy is to have, of what was read and of what was written down beside. */
export const formerOf = (revived: readonly Resource[], snapshot: Snapshot): readonly Resource[] => {
  const kept = revived.filter(({ kind }) => !elsewhere.has(kind))
  const sysctls = kept.filter((one): one is Sysctl => one.kind === 'sysctl')
  const known = new Set(sysctls.map(({ namespace, path }) => sysctlIdentity(namespace, path)))
  return [...kept, ...sysctlsOf(snapshot, known)]
}
