import type { Location } from '../config/diagnostics.ts'
import type { Forwarding, IptablesRule, Masquerade } from '../config/config.ts'
import { canonicalRule } from '../iptables/canonical.ts'
import { canonicalPrefix, familyOf } from '../net/addresses.ts'
import type { Family } from '../net/addresses.ts'
import { chainPrefix } from '../resources/firewall.ts'
import { uplink } from '../resources/uplink.ts'
import { hashedName } from '../iptables/names.ts'
import type { Context } from './context.ts'
import { joinDrafts, neighborDiscovery, noDrafts, withComment } from './drafts.ts'
import type { ChainDraft, Drafts, JumpDraft } from './drafts.ts'

const families = ['inet', 'inet6'] as const

/** A rule of the file in the text of iptables-save, for a family; the checks have seen that it is one. */
const canonical = (rule: string, family: Family): readonly string[] => {
  const result = canonicalRule(rule, family)
  if (!result.ok) throw new Error(`bug: a rule that iptables refuses: ${rule}: ${result.message}`)
  return result.rules
}

/** The rules of an entry, with what it says that they are for. */
const rulesOf = (
  rule: string,
  { comment }: Forwarding | Masquerade,
  family: Family,
): readonly string[] =>
  canonical(rule, family).map((one) => (comment === undefined ? one : withComment(one, comment)))

/** A prefix of length 0 selects everything, and iptables forgets it. */
const selector = (flag: string, prefix: string | undefined): string => {
  if (prefix === undefined || canonicalPrefix(prefix, familyOf(prefix)).endsWith('/0')) return ''
  return ` ${flag} ${prefix}`
}

const device = (flag: string, name: string | undefined): string =>
  name === undefined ? '' : ` ${flag} ${name}`

/** A section of rules as one chain, with the jump to it. */
interface Section {
  readonly table: string
  readonly builtIn: string
  readonly name: string
  /** The line that is to be shown for it. */
  readonly source: Location | undefined
}

const draftSection = (
  context: Context,
  family: Family,
  { table, builtIn, name, source }: Section,
  rules: readonly string[],
): Drafts => {
  if (rules.length === 0) return noDrafts
  const chain = chainPrefix(context.owner) + name
  return {
    chains: [{ family, table, chain, rules, source }],
    jumps: [{ family, table, chain: builtIn, place: 'first', rule: `-j ${chain}`, source }],
  }
}

/** Those of its prefixes; of both families, or the one that it says, where it has none. */
const familiesOf = (
  { family }: Forwarding | Masquerade,
  prefixes: readonly (string | undefined)[],
  both: readonly Family[],
): readonly Family[] => {
  const prefix = prefixes.find((text) => text !== undefined)
  if (prefix !== undefined) return [familyOf(prefix)]
  return family === undefined ? both : [family]
}

const actions = { accept: 'ACCEPT', drop: 'DROP', reject: 'REJECT' }

export const forwardingFamilies = (entry: Forwarding): readonly Family[] => {
  const { source, destination, protocol } = entry
  const own =
    protocol === 'icmp'
      ? ['inet' as const]
      : protocol === 'ipv6-icmp'
        ? ['inet6' as const]
        : families
  return familiesOf(entry, [source, destination], own)
}

const forwardingRule = (entry: Forwarding): string => {
  const { source, destination, inInterface, outInterface, protocol, ports, action } = entry
  const parts = [
    selector('-s', source),
    selector('-d', destination),
    device('-i', inInterface),
    device('-o', outInterface),
    protocol === undefined ? '' : ` -p ${protocol}`,
    ports === undefined ? '' : ` --dport ${String(ports).replace('-', ':')}`,
    ` -j ${actions[action ?? 'accept']}`,
  ]
  return parts.join('').trimStart()
}

/** The rules that an entry comes to, in one family. */
export const forwardingRules = (entry: Forwarding, family: Family): readonly string[] =>
  rulesOf(forwardingRule(entry), entry, family)

/** The section `forwarding`: rules of FORWARD, before those of others. */
export const draftForwarding = (context: Context): Drafts => {
  const entries = context.config.forwarding ?? []
  const source = context.locate(['forwarding'], 'key')
  const section = { table: 'filter', builtIn: 'FORWARD', name: 'FORWARD', source }
  return joinDrafts(
    families.map((family) => {
      const here = entries.filter((entry) => forwardingFamilies(entry).includes(family))
      const rules = here.flatMap((entry) => forwardingRules(entry, family))
      const accepts = here.some(({ action = 'accept' }) => action === 'accept')
      const discovery = family === 'inet6' && accepts ? neighborDiscovery : []
      return draftSection(context, family, section, [...discovery, ...rules])
    }),
  )
}

/** Masquerading IPv6 is for those alone who ask for it. */
export const masqueradeFamilies = (entry: Masquerade): readonly Family[] =>
  familiesOf(entry, [entry.source, entry.destination, entry.exceptDestination], ['inet'])

const masqueradeRule = (entry: Masquerade): string => {
  const { source, destination, exceptDestination, outInterface, exceptOutInterface } = entry
  const parts = [
    selector('-s', source),
    selector('-d', destination),
    selector('! -d', exceptDestination),
    device('-o', outInterface === 'auto' ? uplink : outInterface),
    device('! -o', exceptOutInterface),
    ' -j MASQUERADE --random-fully',
  ]
  return parts.join('').trimStart()
}

/** The rules that an entry comes to, in one family. */
export const masqueradeRules = (entry: Masquerade, family: Family): readonly string[] =>
  rulesOf(masqueradeRule(entry), entry, family)

/** The section `masquerade`: packets that leave by an interface get its address. */
export const draftMasquerade = (context: Context): Drafts => {
  const entries = context.config.masquerade ?? []
  // What may be refused of it is what only the node knows.
  const auto = entries.findIndex(({ outInterface }) => outInterface === 'auto')
  const source =
    auto < 0
      ? context.locate(['masquerade'], 'key')
      : context.locate(['masquerade', auto, 'outInterface'])
  const section = { table: 'nat', builtIn: 'POSTROUTING', name: 'MASQUERADE', source }
  return joinDrafts(
    families.map((family) => {
      const here = entries.filter((entry) => masqueradeFamilies(entry).includes(family))
      const rules = here.flatMap((entry) => masqueradeRules(entry, family))
      return draftSection(context, family, section, rules)
    }),
  )
}

/** Every family that a rule can be of, unless it says which. */
const ruleFamilies = ({ rule, family }: IptablesRule): readonly Family[] =>
  family === undefined ? families.filter((one) => canonicalRule(rule, one).ok) : [family]

/** USER-FORWARD, LAST-FORWARD, or a name for those behind somebody's chain. */
export const userChain = (owner: Context['owner'], chain: string, place: string): string => {
  const prefix = chainPrefix(owner)
  if (place === 'first') return `${prefix}USER-${chain}`
  return place === 'last' ? `${prefix}LAST-${chain}` : hashedName(`${prefix}A-`, chain, place)
}

const draftUserRules = (context: Context, family: Family): Drafts => {
  const chains = new Map<string, ChainDraft & { rules: string[] }>()
  const jumps: JumpDraft[] = []
  ;(context.config.iptables ?? []).forEach((entry, index) => {
    if (!ruleFamilies(entry).includes(family)) return
    const { table = 'filter', chain, place = 'first', rule } = entry
    const name = userChain(context.owner, chain, place)
    const key = `${table} ${name}`
    const source = context.locate(['iptables', index])
    const known = chains.get(key)
    const draft = known ?? { family, table, chain: name, rules: [], source }
    draft.rules.push(...canonical(rule, family))
    if (known) return
    chains.set(key, draft)
    jumps.push({ family, table, chain, place, rule: `-j ${name}`, source })
  })
  return { chains: [...chains.values()], jumps }
}

/** The section `iptables`: the rules of the file, in chains of ours. */
export const draftRules = (context: Context): Drafts =>
  joinDrafts(families.map((family) => draftUserRules(context, family)))
