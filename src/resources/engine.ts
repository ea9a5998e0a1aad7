import type { Family } from '../net/addresses.ts'
import type { Programs } from '../iptables/restore.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import { familyWord, ownerOfChain, tablesOf } from './firewall.ts'
import type { Kind, Resource, Worlds } from './kind.ts'

/** A built-in chain, as others have it. */
export interface BuiltIn {
  readonly policy: string
  /** Without ours. */
  readonly rules: readonly string[]
}

/** What the node's iptables is, and what others do with it: read along with our chains. */
export interface Engine extends Resource {
  readonly kind: 'iptables'
  readonly programs: Programs
  /** By family, table and name. */
  readonly builtIns: Readonly<Record<string, BuiltIn>>
}

const engineIdentity = 'iptables'

interface Place {
  readonly family: Family
  readonly table: string
  readonly chain: string
}

const keyOf = ({ family, table, chain }: Place): string => `${familyWord(family)} ${table} ${chain}`

const engineOf = ({ observed }: Pick<Worlds, 'observed'>): Engine | undefined =>
  observed.find(engineIdentity) as Engine | undefined

/** How the rules of this node are written. */
export const programsOf = (worlds: Worlds): Programs | undefined => engineOf(worlds)?.programs

export const builtInOf = (worlds: Pick<Worlds, 'observed'>, place: Place): BuiltIn | undefined =>
  engineOf(worlds)?.builtIns[keyOf(place)]

const quoted = /"(?:[^"\\]|\\.)*"/g
const target = /(?:^| )-([jg]) (\S+)/

const targetPart = (rule: string): RegExpExecArray | null =>
  target.exec(rule.replaceAll(quoted, '""'))

/** The chain or verdict that a rule leads to. */
export const targetOf = (rule: string): string | undefined => targetPart(rule)?.[2]

// What ends a packet's way through a chain. A jump to another chain may come back.
const terminal: ReadonlySet<string> = new Set([
  ...['ACCEPT', 'DROP', 'REJECT', 'QUEUE', 'NFQUEUE', 'RETURN', 'TPROXY', 'SYNPROXY'],
  ...['DNAT', 'SNAT', 'REDIRECT', 'MASQUERADE', 'NETMAP'],
])

/** Whether packets that match a rule do not come to the next. */
export const decides = (rule: string): boolean => {
  const [, letter, name = ''] = targetPart(rule) ?? []
  return letter === 'g' || terminal.has(name)
}

const observe = async (reader: Reader): Promise<readonly Engine[]> => {
  const firewall = await reader.firewall(false)
  if (!firewall) return []
  const builtIns: Record<string, BuiltIn> = {}
  for (const { family, table, chains } of tablesOf(firewall)) {
    for (const { name, policy, rules } of chains.values()) {
      if (policy === undefined) continue
      const foreign = rules.filter((rule) => ownerOfChain(targetOf(rule) ?? '') === undefined)
      builtIns[keyOf({ family, table, chain: name })] = { policy, rules: foreign }
    }
  }
  const { backend, plain } = firewall
  const programs = { backend, plain }
  return [{ kind: 'iptables', namespace: '', programs, builtIns, attributes: { backend } }]
}

/** The node's iptables: nobody's to plan, but what chains and jumps are written by. */
export const engineKind: Kind<Engine> = {
  name: 'iptables',
  identity: () => engineIdentity,
  observe,
  owner: () => 'kernel',
  title: () => 'rules of others',
  state: ({ builtIns }) => builtIns as unknown as Json,
  requires: () => [],
  steps: () => [],
}
