import type { Family } from '../net/addresses.ts'
import type { Backend, Programs } from '../iptables/restore.ts'
import { deleteChain, restoreCommand, writeChain } from '../iptables/restore.ts'
import type { Reader } from '../kernel/reader.ts'
import { programsOf } from './engine.ts'
import { allTablesOf, familyWord, inBackend, ownerOfChain } from './firewall.ts'
import type { Table } from './firewall.ts'
import type { Kind, Resource, Step } from './kind.ts'
import { describeService, serviceOf, targetsOf } from './service-chain.ts'
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

const observeTable = ({ chains, ...place }: Table): readonly Chain[] =>
  [...chains.values()].flatMap(({ name, rules }): readonly Chain[] => {
    const mark = ownerOfChain(name)
    if (mark === undefined) return []
    const service = describeService(name, rules, (chain) => chains.get(chain)?.rules ?? [])
    const attributes = { ...service, rules }
    return [{ kind: 'chain', namespace: '', ...place, chain: name, mark, attributes }]
  })

const observe = async (reader: Reader, desired: readonly Chain[]): Promise<readonly Chain[]> => {
  const firewall = await reader.firewall(desired.length > 0)
  return firewall ? allTablesOf(firewall).flatMap(observeTable) : []
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
  resolve: (chain, observed, worlds) => ({
    ...chain,
    programs: observed?.programs ?? programsOf(worlds),
    attributes: { ...chain.attributes, rules: resolveUplink(chain.family, rulesOf(chain), worlds) },
  }),
  unresolvable: (chain, worlds) => {
    const message = uplinkProblem(chain.family, rulesOf(chain), worlds)
    return message === undefined ? undefined : { message }
  },
  requires: (chain) =>
    targetsOf(rulesOf(chain)).map((target) => identity({ ...chain, chain: target })),
  steps: (edit) => {
    const { table, chain } = edit.action === 'delete' ? edit.before : edit.after
    if (edit.action === 'delete') return [write(edit.before, deleteChain(table, chain))]
    return [write(edit.after, writeChain(table, chain, rulesOf(edit.after)))]
  },
}
