import type { Location } from '../config/diagnostics.ts'
import { quote } from '../iptables/tokens.ts'
import type { Family } from '../net/addresses.ts'
import type { Chain } from '../resources/chain.ts'
import { describeChain } from '../resources/service-chain.ts'
import type { Jump, JumpPlace } from '../resources/jump.ts'
import type { Context } from './context.ts'

/** A chain to be: its rules in the text of iptables-save. */
export interface ChainDraft {
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly rules: readonly string[]
  readonly source?: Location | undefined
}

/** A jump to be, from a built-in chain. */
export interface JumpDraft {
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly place: JumpPlace
  readonly rule: string
  readonly source?: Location | undefined
}

/** What a section of the file asks of iptables. */
export interface Drafts {
  readonly chains: readonly ChainDraft[]
  readonly jumps: readonly JumpDraft[]
}

export const noDrafts: Drafts = { chains: [], jumps: [] }

export const joinDrafts = (all: readonly Drafts[]): Drafts => ({
  chains: all.flatMap(({ chains }) => chains),
  jumps: all.flatMap(({ jumps }) => jumps),
})

/**
 * Where bridged packets go through iptables, those by which IPv6 neighbours find each other do too: who
 * accepts the others and not these has accepted nothing. They are never routed (RFC 4861).
 */
export const neighborDiscovery: readonly string[] = ['135', '136'].map(
  (type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j ACCEPT`,
)

/** A match that matches everything, and says what a rule is for. */
const commented = (text: string): string => `-m comment --comment ${quote(text)}`

/** A rule with a comment: behind what tells packets apart by themselves, as iptables-save has it. */
export const withComment = (rule: string, text: string): string => {
  const [, head = '', tail = ''] = /^((?:(?:! )?-[sdiop] \S+ ?)*)(.*)$/.exec(rule) ?? []
  return `${head}${commented(text)} ${tail}`.trimEnd()
}

const chainOf = (draft: ChainDraft, context: Context, rulesAt: RulesAt): Chain => {
  const { family, table, chain, rules, source } = draft
  return {
    kind: 'chain',
    namespace: '',
    family,
    table,
    chain,
    mark: context.owner.id,
    source,
    attributes: describeChain(chain, rules, (name) => rulesAt(draft, name)),
  }
}

/** The rules of another chain of the same table. */
type RulesAt = (from: ChainDraft, chain: string) => readonly string[]

const keyOf = ({ family, table }: ChainDraft, chain: string): string =>
  `${family} ${table} ${chain}`

/** Only services of many endpoints have chains that say something of others. */
const findRules = (chains: readonly ChainDraft[]): RulesAt => {
  let all: ReadonlyMap<string, ChainDraft> | undefined
  return (from, chain) => {
    all ??= new Map(chains.map((draft) => [keyOf(draft, draft.chain), draft]))
    return all.get(keyOf(from, chain))?.rules ?? []
  }
}

/** Jumps of one place are one object, in the order in which they were asked for. */
const gatherJumps = (jumps: readonly JumpDraft[], mark: number): readonly Jump[] => {
  const gathered = new Map<string, { first: JumpDraft; rules: string[] }>()
  for (const jump of jumps) {
    const key = [jump.family, jump.table, jump.chain, jump.place].join(' ')
    const group = gathered.get(key) ?? { first: jump, rules: [] }
    gathered.set(key, group)
    group.rules.push(jump.rule)
  }
  return [...gathered.values()].map(
    ({ first: { family, table, chain, place, source }, rules }) => ({
      kind: 'jump',
      namespace: '',
      family,
      table,
      chain,
      place,
      mark,
      source,
      attributes: { rules, behind: null },
    }),
  )
}

/** Drafts as the objects that the planner knows. */
export const expandDrafts = (
  { chains, jumps }: Drafts,
  context: Context,
): readonly (Chain | Jump)[] => {
  const rulesAt = findRules(chains)
  return [
    ...chains.map((draft) => chainOf(draft, context, rulesAt)),
    ...gatherJumps(jumps, context.owner.id),
  ]
}
