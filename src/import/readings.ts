import type { Forwarding, IptablesRule, Masquerade } from '../config/config.ts'
import { canonicalRule } from '../iptables/canonical.ts'
import type { Family } from '../net/addresses.ts'
import type { Omission } from './draft.ts'
import { mergeFamilies } from './families.ts'
import { forwardingOf, iptablesOf, masqueradeOf } from './sections.ts'
import type { RulePlace } from './sections.ts'

/** The rules of one chain in each family. */
export type Both = Readonly<Record<Family, readonly string[]>>

export interface Reading<T> {
  readonly entries: readonly T[]
  readonly omissions: readonly Omission[]
}

type Read<T> = (rule: string, family: Family) => T | string

/** The entries that both families' rules come to. */
const readBoth = <T extends object>(
  rules: Both,
  read: Read<T>,
  isOpen: (entry: T, family: Family) => boolean,
): Reading<T> => {
  const omissions: Omission[] = []
  const said = (family: Family): readonly { entry: T; isOpen: boolean }[] =>
    rules[family].flatMap((rule) => {
      const entry = read(rule, family)
      if (typeof entry !== 'string') return [{ entry, isOpen: isOpen(entry, family) }]
      omissions.push({ what: rule, why: entry })
      return []
    })
  const only = (entry: T, family: Family): T => ({ ...entry, family })
  const entries = mergeFamilies(said('inet'), said('inet6'), only)
  return { entries, omissions }
}

const hasNo = (entry: object, ...keys: readonly string[]): boolean =>
  keys.every((key) => !Object.hasOwn(entry, key))

const noEntry = 'no entry comes to this rule'

export const readForwarding = (rules: Both): Reading<Forwarding> =>
  readBoth(
    rules,
    (rule, family) => forwardingOf(rule, family) ?? noEntry,
    (entry) => hasNo(entry, 'source', 'destination') && !(entry.protocol ?? '').includes('icmp'),
  )

/** IPv6 is masqueraded only where it is asked for: what says no family is IPv4's. */
export const readMasquerade = (rules: Both): Reading<Masquerade> => {
  const four = readBoth({ ...rules, inet6: [] }, readMasqueraded, () => false)
  const six = readBoth({ ...rules, inet: [] }, readMasqueraded, (entry) =>
    hasNo(entry, 'source', 'destination', 'exceptDestination'),
  )
  return {
    entries: [...four.entries, ...six.entries],
    omissions: [...four.omissions, ...six.omissions],
  }
}

const readMasqueraded: Read<Masquerade> = (rule, family) => masqueradeOf(rule, family) ?? noEntry

const otherOf = (family: Family): Family => (family === 'inet' ? 'inet6' : 'inet')

export const readIptables = (rules: Both, place: RulePlace): Reading<IptablesRule> =>
  readBoth(
    rules,
    (rule, family) => iptablesOf(rule, family, place),
    ({ rule }, family) => canonicalRule(rule, otherOf(family)).ok,
  )
