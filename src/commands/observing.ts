import { openReader } from '../kernel/open.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import type { Records } from '../kernel/records.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Expansion } from '../expand/index.ts'
import { isRestore } from '../iptables/restore.ts'
import type { Backend, Firewall } from '../iptables/restore.ts'
import type { Family } from '../net/addresses.ts'
import { observeAll } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import { chainPrefix } from '../resources/firewall.ts'
import { kinds as allKinds } from '../resources/index.ts'
import type { Kind, Owner, Resource } from '../resources/kind.ts'
import { placesOf } from '../resources/namespace.ts'
import type { Namespace } from '../resources/namespace.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Loaded } from './load.ts'
import type { Host } from './host.ts'

/** What the node has, unless it cannot be told apart. */
export interface Observation {
  readonly owner: Owner
  readonly observed: readonly Resource[]
  /** What is desired, with what the file leaves to the node. */
  readonly desired: readonly Resource[]
  readonly problems: readonly Diagnostic[]
  readonly reader: Reader
  /** Whether the owner has notes on this node. */
  readonly known: boolean
}

/** What a plan can be about, where its maker knows that before it looks: of nothing else is anything read. */
export interface Extent {
  readonly kinds?: readonly Kind[]
  /** Of iptables. */
  readonly families?: readonly Family[] | undefined
}

export interface LookOptions {
  /** The iptables to use; undefined: that which has rules of ours, else the one in use. */
  readonly iptables?: Backend | undefined
  readonly settle?: Loaded['settle']
  /** Where `destroy` looks for what is ours, although nothing is desired. */
  readonly places?: readonly Resource[]
  /** Default everything. */
  readonly extent?: Extent
}

export const kindsOf = ({ extent }: Pick<LookOptions, 'extent'>): readonly Kind[] =>
  extent?.kinds ?? allKinds

/** What is desired of a node, and by whom. */
export type Wish = Pick<Expansion, 'owner' | 'resources'>

const refuseClash = (all: readonly Records[], { name, id }: Expansion['owner']): void => {
  const clash = all.find(({ owner, ownerId }) => owner !== name && ownerId === id)
  if (!clash) return
  throw new Failure(
    exitCodes.error,
    'owner-clash',
    `the owners ${name} and ${clash.owner} of this node share the number ${String(id)}: ` +
      'give one of them an ownerId of its own',
  )
}

/** One namespace under two names, or the node's own under one: each of its objects would be there twice. */
const findSame = (
  node: Host['node'],
  reader: Reader,
  resources: readonly Resource[],
): readonly Diagnostic[] => {
  const names = new Map([[node.inode, 'the node itself']])
  return reader.namespaces.flatMap((name): readonly Diagnostic[] => {
    const inode = reader.namespace(name)?.inode
    if (name === '' || inode === undefined) return []
    const first = names.get(inode)
    names.set(inode, first ?? `namespace ${name}`)
    if (first === undefined) return []
    const location = resources.find(
      (one) => one.kind === 'namespace' && (one as Namespace).name === name,
    )?.source
    const message = `namespace ${name} is ${first}`
    return [{ severity: 'error', code: 'node', message, ...(location ? { location } : {}) }]
  })
}

/** The owner's own records, and those of others. */
const sortRecords = async (
  host: Host,
  { name, id }: Expansion['owner'],
): Promise<{ own: Records | undefined; others: readonly Records[] }> => {
  const all = await host.records()
  refuseClash(all, { name, id })
  return {
    own: all.find(({ owner }) => owner === name),
    others: all.filter(({ owner }) => owner !== name),
  }
}

/** The owner's own records. */
export const ownRecords = async (
  host: Host,
  owner: Expansion['owner'],
): Promise<Records | undefined> => (await sortRecords(host, owner)).own

/** What is noted of IPv6 policy rules, unless it is about those of another number. */
const knownRules = (own: Records | undefined, { id }: Expansion['owner']): Records['ipv6Rules'] =>
  own?.ownerId === id ? own.ipv6Rules : undefined

/** How a node is looked at. */
interface Way {
  /** The steps that were taken since it was last: what they have not touched is not asked again. */
  readonly done?: Plan['steps'] | undefined
  /** IPv6 policy rules are read only where there can be some of the owner. */
  readonly sparing?: boolean
}

/** Whether rules are as they were, as far as these steps go. */
const leavesRules = (done: Plan['steps'] | undefined): boolean =>
  done !== undefined && !done.some(({ step }) => isRestore(step.argv))

/** What a node has, and what is desired of it: what the file leaves to the node goes by what that has. */
const observeSettled = async (
  reader: Reader,
  { resources }: Wish,
  { settle, ...options }: LookOptions,
): Promise<Pick<Observation, 'observed' | 'desired' | 'problems'>> => {
  const kinds = kindsOf(options)
  const observed = await observeAll(kinds, reader, resources)
  const settled = settle?.(observed)
  if (!settled) return { observed, desired: resources, problems: [] }
  if (!settled.ok) return { observed, desired: resources, problems: settled.diagnostics }
  const { resources: desired } = settled
  return { observed: await observeAll(kinds, reader, desired), desired, problems: [] }
}

/** What reads the node, each time anew. */
export const observer = (
  host: Host,
  wish: Wish,
  options: LookOptions,
): ((way?: Way) => Promise<Observation>) => {
  const { owner, resources } = wish
  const { iptables, places = resources, extent = {} } = options
  const { node, answers } = host
  let earlier: Firewall | undefined
  let last: Firewall | undefined
  const look = async ({ done, sparing = false }: Way): Promise<Observation> => {
    const { own, others } = await sortRecords(host, owner)
    const shared = new Set(others.flatMap(({ entries }) => [...entries.keys()]))
    const records = own?.entries ?? new Map<string, Json>()
    const clears = resources.length === 0
    const known = leavesRules(done) ? last : undefined
    const { families } = extent
    const firewall = { families, backend: iptables, clears, prefix: chainPrefix(owner), known }
    const ipv6Rules = sparing ? knownRules(own, owner) : undefined
    const asked = { records, ipv6Rules, shared, firewall, earlier, answers }
    const reader = await openReader(node, placesOf(places, records), asked)
    const same = findSame(node, reader, places)
    const seen =
      same.length > 0
        ? { observed: [], desired: resources, problems: same }
        : await observeSettled(reader, wish, options)
    last = await reader.firewall(false)
    earlier ??= last
    const { notedAt, applied } = own ?? {}
    return {
      ...seen,
      owner: { ...owner, records, notedAt, applied },
      reader,
      known: own !== undefined,
    }
  }
  return (way = {}) => host.look(() => look(way))
}
