import type { Family } from '../net/addresses.ts'
import type { Backend, Programs } from '../iptables/restore.ts'
import { deleteChain, restoreCommand, writeChain } from '../iptables/restore.ts'
import type { SavedChain } from '../iptables/save.ts'
import type { Reader } from '../kernel/reader.ts'
import { programsOf } from './engine.ts'
import { allTablesOf, familyWord, inBackend, ownerOfChain } from './firewall.ts'
import type { Table } from './firewall.ts'
import type { Attributes, Kind, Resource, Step } from './kind.ts'
import { describeChain, isOfPort, isSelfContained, serviceOf, targetsOf } from './service-chain.ts'
import { resolveUplink, uplinkProblem } from './uplink.ts'

/** A chain of our own: rules in the order in which packets meet them. */
export interface Chain extends Resource {
  readonly kind: 'chain'
  readonly family: Family
  readonly table: string
  /** Its name, which says whose it is. */
  readonly chain: string
  /** How it is written; known when the node has been read. */
  readonly programs?: Programs | undefined
  /** Observed, in the backend that is not in use. */
  readonly elsewhere?: Backend | undefined
}

export const chainIdentity = (family: Family, table: string, chain: string): string =>
  `chain ${familyWord(family)} ${table} ${chain}`

const identity = ({ family, table, chain, elsewhere }: Chain): string =>
  chainIdentity(family, table, chain) + inBackend(elsewhere)

export const rulesOf = ({ attributes: { rules } }: Resource): readonly string[] =>
  Array.isArray(rules) ? (rules as readonly string[]) : []

type Wanted = ReadonlyMap<string, Chain>

const sameRules = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((rule, index) => rule === b[index])

/** What is wanted of it, where that is what it has: most are as they are to be, and need no description. */
const asWanted = (
  { family, table }: Table,
  { name, rules }: SavedChain,
  wanted: Wanted,
): Attributes | undefined => {
  const one = wanted.get(name)
  if (one?.family !== family || one.table !== table) return undefined
  return sameRules(rulesOf(one), rules) && isSelfContained(rules) ? one.attributes : undefined
}

const observeTable = (place: Table, wanted: Wanted): readonly Chain[] => {
  const { chains, ...where } = place
  const rulesAt = (chain: string): readonly string[] => chains.get(chain)?.rules ?? []
  const found: Chain[] = []
  for (const saved of chains.values()) {
    const { name: chain, rules } = saved
    const mark = ownerOfChain(chain)
    if (mark === undefined) continue
    const attributes = asWanted(place, saved, wanted) ?? describeChain(chain, rules, rulesAt)
    found.push({ kind: 'chain', namespace: '', ...where, chain, mark, attributes })
  }
  return found
}

const observe = async (reader: Reader, desired: readonly Chain[]): Promise<readonly Chain[]> => {
  const firewall = await reader.firewall(desired.length > 0)
  const wanted = new Map(desired.map((one) => [one.chain, one]))
  return firewall ? allTablesOf(firewall).flatMap((table) => observeTable(table, wanted)) : []
}

const write = ({ family, programs }: Chain, stdin: string): Step => {
  if (!programs) throw new Error('bug: a chain of no backend')
  return { argv: restoreCommand(family, programs), stdin }
}

/** Chains of iptables (iptables(8)): ours by their names, which nobody else would choose. */
export const chainKind: Kind<Chain> = {
  name: 'chain',
  // iptables-nft puts the chains that it reads into a list in order of their names, from its head.
  backwards: true,
  identity,
  title: ({ family, table, chain, elsewhere }) =>
    `chain ${chain} in ${table}${family === 'inet6' ? ' (IPv6)' : ''}${inBackend(elsewhere)}`,
  group: (chain) => serviceOf(chain.chain, rulesOf(chain)),
  observe,
  owner: ({ mark }, owner) => (mark === owner.id ? 'ours' : 'foreign'),
  resolve: (chain, observed, worlds) => {
    // It is as wanted, word for word: nothing is to be filled in, nor to be written.
    if (observed?.attributes === chain.attributes) return chain
    const programs = observed?.programs ?? programsOf(worlds)
    const rules = resolveUplink(chain.family, rulesOf(chain), worlds)
    const isSame = rules === chain.attributes['rules']
    return {
      ...chain,
      programs,
      attributes: isSame ? chain.attributes : { ...chain.attributes, rules },
    }
  },
  unresolvable: (chain, worlds) => {
    // What leads to endpoints names no device.
    if (isOfPort(chain.chain)) return undefined
    const message = uplinkProblem(chain.family, rulesOf(chain), worlds)
    return message === undefined ? undefined : { message }
  },
  requires: ({ family, table, elsewhere, ...chain }) =>
    targetsOf(rulesOf(chain)).map(
      (target) => chainIdentity(family, table, target) + inBackend(elsewhere),
    ),
  steps: (edit) => {
    const { table, chain } = edit.action === 'delete' ? edit.before : edit.after
    if (edit.action === 'delete') return [write(edit.before, deleteChain(table, chain))]
    return [write(edit.after, writeChain(table, chain, rulesOf(edit.after)))]
  },
}
