import type { Forwarding, IptablesRule, Masquerade } from '../config/config.ts'
import { forwardingRules, masqueradeRules } from '../expand/firewall.ts'
import { canonicalRule } from '../iptables/canonical.ts'
import type { Family } from '../net/addresses.ts'
import { defined } from './draft.ts'
import { onlyWords, readRule } from './rule-words.ts'

/** Of a rule that iptables has, and that is not known here, nothing is known. */
const isKnown = (rule: string, family: Family): boolean => canonicalRule(rule, family).ok

/** What a rule says, by the names that options have here; undefined: that, and more. */
const saidBy = (
  rule: string,
  family: Family,
  options: Readonly<Record<string, string>>,
): ReturnType<typeof onlyWords> => {
  const words = isKnown(rule, family) ? readRule(rule) : undefined
  return words && onlyWords(words, options)
}

const isSame = (rules: readonly string[], rule: string): boolean =>
  rules.length === 1 && rules[0] === rule

const forwardingOptions = {
  '-s': 'source',
  '-d': 'destination',
  '-i': 'inInterface',
  '-o': 'outInterface',
  '-p': 'protocol',
  '--dport': 'ports',
  '--comment': 'comment',
  '-j': 'action',
  '--reject-with': '',
}

type Action = Exclude<Forwarding['action'], undefined>

/** Undefined: what an entry does that does not say. */
const actions: ReadonlyMap<string, Action | undefined> = new Map([
  ['ACCEPT', undefined],
  ['DROP', 'drop'],
  ['REJECT', 'reject'],
])

const portsOf = (text: string | undefined): string | number | undefined =>
  text === undefined ? undefined : text.includes(':') ? text.replace(':', '-') : Number(text)

/** A rule of FORWARD as an entry of `forwarding`; undefined: that cannot say it. */
export const forwardingOf = (rule: string, family: Family): Forwarding | undefined => {
  const said = saidBy(rule, family, forwardingOptions)
  if (!said || !actions.has(said['action'] ?? '')) return undefined
  const { source, destination, inInterface, outInterface, protocol, comment } = said
  const entry = defined({
    source,
    destination,
    inInterface,
    outInterface,
    protocol: protocol as Exclude<Forwarding['protocol'], undefined> | undefined,
    ports: portsOf(said['ports']),
    action: actions.get(said['action'] ?? ''),
    comment,
  })
  return isSame(forwardingRules(entry, family), rule) ? entry : undefined
}

const masqueradeOptions = {
  '-s': 'source',
  '-d': 'destination',
  '! -d': 'exceptDestination',
  '-o': 'outInterface',
  '! -o': 'exceptOutInterface',
  '--comment': 'comment',
  '-j': 'target',
  '--random-fully': '',
}

/** A rule of POSTROUTING as an entry of `masquerade`; undefined: that cannot say it. */
export const masqueradeOf = (rule: string, family: Family): Masquerade | undefined => {
  const said = saidBy(rule, family, masqueradeOptions)
  if (said?.['target'] !== 'MASQUERADE') return undefined
  const { source, destination, exceptDestination, outInterface, exceptOutInterface, comment } = said
  const entry = defined({
    source,
    destination,
    exceptDestination,
    outInterface,
    exceptOutInterface,
    comment,
  })
  const isBounded = source ?? outInterface ?? exceptOutInterface
  if (isBounded === undefined) return undefined
  return isSame(masqueradeRules(entry, family), rule) ? entry : undefined
}

/** Where a rule of iptables stands. */
export interface RulePlace {
  readonly table: string
  readonly chain: string
  readonly place: string
}

/** A rule as an entry of `iptables`; a text: why there is none. */
export const iptablesOf = (
  rule: string,
  family: Family,
  { table, chain, place }: RulePlace,
): IptablesRule | string => {
  const canonical = canonicalRule(rule, family)
  if (!canonical.ok) return canonical.message
  if (!isSame(canonical.rules, rule)) return 'netplan would write it otherwise'
  return defined({
    table: table === 'filter' ? undefined : (table as Exclude<IptablesRule['table'], undefined>),
    chain: chain as IptablesRule['chain'],
    place: place === 'first' ? undefined : place,
    rule,
  })
}
