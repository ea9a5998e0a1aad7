import { openReader } from '../kernel/open.ts'
import type { Applied, Json, Reader } from '../kernel/reader.ts'
import type { Records } from '../kernel/records.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Expansion } from '../expand/index.ts'
import { markLockouts } from '../guards/lockout.ts'
import type { Backend, Firewall } from '../iptables/restore.ts'
import { lintNode } from '../lints/index.ts'
import type { Memory } from '../apply/journal.ts'
import { noteApplied } from '../plan/causes.ts'
import { makePlan, observeAll } from '../plan/plan.ts'
import type { PlanResult } from '../plan/plan.ts'
import { chainPrefix } from '../resources/firewall.ts'
import { kinds } from '../resources/index.ts'
import type { Owner, Resource } from '../resources/kind.ts'
import { placesOf } from '../resources/namespace.ts'
import type { Namespace } from '../resources/namespace.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Loaded } from './load.ts'
import type { Host } from './host.ts'
import { rememberNode } from './remember.ts'

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

/** A plan, with what the way back would be planned with. */
export type Planned =
  | Extract<PlanResult, { ok: false }>
  | (Extract<PlanResult, { ok: true }> & {
      /** What it was planned from. */
      readonly seen: Observation
      /** What is to be noted of it, once it is empty. */
      applied(): Applied
      /** What has to be remembered of the node, for the plan to be undone. */
      remember(): Memory
    })

/** A node, looked at for one owner: it cannot be written. */
export interface View {
  /** What a person calls the node. */
  readonly nodeName: string
  readonly owner: Expansion['owner']
  /** The file to enter a namespace of the configuration by. */
  netnsOf(namespace: string): string | undefined
  /** Reads the node, and plans against what it finds. */
  plan(): Promise<Planned>
  /** Reads the node. */
  observe(): Promise<Observation>
}

export interface ViewOptions {
  readonly adopt: boolean
  /** The iptables to use; undefined: that which has rules of ours, else the one in use. */
  readonly iptables?: Backend | undefined
  /** What a person calls the node, where a cluster has a name for it. */
  readonly nodeName?: string | undefined
  readonly settle?: Loaded['settle']
  /** The node as it is to be planned for, given what it has; default: as it is. */
  readonly amend?: (seen: Observation) => readonly Resource[]
  /** Whether to look for what works as planned, and is hardly meant; default yes. */
  readonly lints?: boolean
  /** Where `destroy` looks for what is ours, although nothing is desired. */
  readonly places?: readonly Resource[]
}

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

/** What reads the node, each time anew. */
const observer = (
  host: Host,
  { owner, resources }: Wish,
  { iptables, places = resources, settle }: ViewOptions,
): (() => Promise<Observation>) => {
  const { node, answers } = host
  /** What the file leaves to the node goes by what that has. */
  const observeSettled = async (
    reader: Reader,
  ): Promise<Pick<Observation, 'observed' | 'desired' | 'problems'>> => {
    const observed = await observeAll(kinds, reader, resources)
    const settled = settle?.(observed)
    if (!settled) return { observed, desired: resources, problems: [] }
    if (!settled.ok) return { observed, desired: resources, problems: settled.diagnostics }
    const { resources: desired } = settled
    return { observed: await observeAll(kinds, reader, desired), desired, problems: [] }
  }
  let earlier: Firewall | undefined
  const look = async (): Promise<Observation> => {
    const { own, others } = await sortRecords(host, owner)
    const shared = new Set(others.flatMap(({ entries }) => [...entries.keys()]))
    const records = own?.entries ?? new Map<string, Json>()
    const clears = resources.length === 0
    const firewall = { backend: iptables, clears, prefix: chainPrefix(owner) }
    const options = { records, shared, firewall, earlier, answers }
    const reader = await openReader(node, placesOf(places, records), options)
    const same = findSame(node, reader, places)
    const seen =
      same.length > 0
        ? { observed: [], desired: resources, problems: same }
        : await observeSettled(reader)
    earlier ??= await reader.firewall(false)
    const { notedAt, applied } = own ?? {}
    return {
      ...seen,
      owner: { ...owner, records, notedAt, applied },
      reader,
      known: own !== undefined,
    }
  }
  return () => host.look(look)
}

/** Looks at a machine for an expansion. */
export const openView = (host: Host, wish: Wish, options: ViewOptions): View => {
  const { owner, resources } = wish
  const { adopt, places = resources } = options
  const { node, sshConnection } = host
  const observe = observer(host, wish, options)
  let linted = options.lints === false
  const paths = new Map<string, string>()
  const rememberPaths = (records: ReadonlyMap<string, Json>): void => {
    for (const place of placesOf(places, records)) paths.set(place.name, place.path)
  }
  return {
    nodeName: options.nodeName ?? host.name,
    owner,
    netnsOf: (namespace) => (namespace === '' ? node.path : paths.get(namespace)),
    observe,
    plan: async () => {
      const seen = await observe()
      const { problems, reader, observed, desired, owner: found } = seen
      if (problems.length > 0) return { ok: false, diagnostics: problems }
      rememberPaths(found.records)
      const taken = options.amend?.(seen) ?? observed
      // Where nothing is wanted, as by destroy, that is the reason.
      const whose = resources.length === 0 ? { ...found, applied: undefined } : found
      const result = makePlan(kinds, desired, taken, { owner: whose, adopt })
      if (!result.ok) return result
      const plan = markLockouts(result.plan, observed, { sshConnection })
      // Told once: what an apply plans again is to see whether it is done.
      const warnings = linted ? [] : await lintNode({ desired, observed, reader })
      linted = true
      const remember = (): Memory => rememberNode(plan, seen, places)
      const applied = (): Applied => noteApplied(kinds, desired, taken)
      return { ok: true, plan, warnings, seen, remember, applied }
    },
  }
}
