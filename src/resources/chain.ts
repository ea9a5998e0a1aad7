import type { Family } from '../net/addresses.ts'
import type { Backend, Programs } from '../iptables/restore.ts'
import { deleteChain, restoreCommand, writeChain } from '../iptables/restore.ts'
import type { Reader } from '../kernel/reader.ts'
import { programsOf } from './engine.ts'
import { allTablesOf, familyWord, inBackend, ownerOfChain } from './firewall.ts'
import type { Table } from './firewall.ts'
import type { Kind, Resource, Step } from './kind.ts'
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

const jump = / ?-[jg] (NP\d+-\S+)$/

/** The chains of ours that its rules lead to. */
export const targetsOf = (rules: readonly string[]): readonly string[] =>
  rules.flatMap((rule) => jump.exec(rule)?.[1] ?? [])

const destination = /-j DNAT --to-destination (\S+)/

/**
 * Where a service's chain sends connections, in order, each once: what a person wants to see of it.
 * Of many endpoints some are in chains further down.
 */
export const endpointsOf = (
  rules: readonly string[],
  rulesAt: (chain: string) => readonly string[],
): readonly string[] => {
  const found = rules.flatMap((rule) => {
    const to = destination.exec(rule)?.[1]
    if (to !== undefined) return [to]
    const next = jump.exec(rule)?.[1]
    return next !== undefined && /^NP\d+-E-/.test(next) ? endpointsOf(rulesAt(next), rulesAt) : []
  })
  return [...new Set(found)]
}

const isService = /^NP\d+-SV[CL]-/

const comment = /-m comment --comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/

// What leads to the services, and what they share: SERVICES, VIPS with its trie T, ...
const isShared =
  /^NP\d+-(?:SERVICES|VIPS|NODEPORTS|POSTROUTING|SNAT|HAIRPIN|REFUSE(?:-VIPS|-PORTS)?|REJECT|ACCEPT|LOCALNET|[TNFH]-.*)$/

const isPort = /^NP\d+-(?:SVC|SVL|EXT|FW|E)-/

/** What a person wrote that a chain is a part of: the first rule of a service's chain says whose it is. */
const groupOf = ({ chain, attributes: { rules } }: Chain): string | undefined => {
  if (isShared.test(chain)) return 'services'
  if (!isPort.test(chain)) return undefined
  const [first = ''] = rules as readonly string[]
  const [, quoted, plain] = comment.exec(first) ?? []
  const text = quoted ?? plain
  return text === undefined ? 'services' : `service ${text}`
}

const observeTable = ({ chains, ...place }: Table): readonly Chain[] =>
  [...chains.values()].flatMap(({ name, rules }): readonly Chain[] => {
    const mark = ownerOfChain(name)
    if (mark === undefined) return []
    const endpoints = isService.test(name)
      ? { endpoints: endpointsOf(rules, (chain) => chains.get(chain)?.rules ?? []) }
      : {}
    const attributes = { ...endpoints, rules }
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
  group: groupOf,
  observe,
  owner: ({ mark }, owner) => (mark === owner.id ? 'ours' : 'foreign'),
  resolve: (chain, observed, worlds) => ({
    ...chain,
    programs: observed?.programs ?? programsOf(worlds),
    attributes: { ...chain.attributes, rules: resolveUplink(chain.family, rulesOf(chain), worlds) },
  }),
  unresolvable: (chain, worlds) => uplinkProblem(chain.family, rulesOf(chain), worlds),
  requires: (chain) =>
    targetsOf(rulesOf(chain)).map((target) => identity({ ...chain, chain: target })),
  steps: (edit) => {
    const { table, chain } = edit.action === 'delete' ? edit.before : edit.after
    if (edit.action === 'delete') return [write(edit.before, deleteChain(table, chain))]
    return [write(edit.after, writeChain(table, chain, rulesOf(edit.after)))]
  },
}
