import { hostname } from 'node:os'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Expansion } from '../expand/index.ts'
import type { Backend, Firewall } from '../iptables/restore.ts'
import { markLockouts } from '../guards/lockout.ts'
import { openReader } from '../kernel/open.ts'
import { openNode } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import { carriesUnmade, readRecords, removeRecords, writeRecords } from '../kernel/records.ts'
import type { Records } from '../kernel/records.ts'
import { findSshConnection } from '../kernel/ssh.ts'
import { lintNode } from '../lints/index.ts'
import type { Memory } from '../apply/journal.ts'
import { makePlan, observeAll } from '../plan/plan.ts'
import type { PlanResult } from '../plan/plan.ts'
import { kinds } from '../resources/index.ts'
import { chainPrefix } from '../resources/firewall.ts'
import type { Owner, Resource } from '../resources/kind.ts'
import { placesOf } from '../resources/namespace.ts'
import type { Namespace } from '../resources/namespace.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Loaded } from './load.ts'
import { readSteadily } from './reading.ts'
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
      /** What has to be remembered of the node, for the plan to be undone. */
      remember(): Memory
    })

/** A node, opened for one owner: everything between the configuration and the kernel. */
export interface Session {
  readonly node: Node
  /** What a person calls the node. */
  readonly nodeName: string
  readonly owner: Expansion['owner']
  /** The file to enter a namespace of the configuration by. */
  netnsOf(namespace: string): string | undefined
  /** Reads the node, and plans against what it finds. */
  plan(): Promise<Planned>
  /** Reads the node. */
  observe(): Promise<Observation>
  note(records: ReadonlyMap<string, Json>, begins?: boolean): Promise<void>
}

export interface SessionOptions {
  readonly netns: string | undefined
  readonly adopt: boolean
  /** The iptables to use; undefined: that which has rules of ours, else the one in use. */
  readonly iptables?: Backend | undefined
  /** What a person calls the node, where a cluster has a name for it. */
  readonly nodeName?: string | undefined
  readonly settle?: Loaded['settle']
  /** Where `destroy` looks for what is ours, although nothing is desired. */
  readonly places?: readonly Resource[]
}

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
  node: Node,
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

const sameRecords = (a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): boolean =>
  a.size === b.size &&
  [...a].every(([key, value]) => JSON.stringify(b.get(key)) === JSON.stringify(value))

/** The owner's own records. */
const ownRecords = async (
  node: Node,
  { name, id }: Expansion['owner'],
): Promise<Records | undefined> => {
  const all = await readRecords(node)
  refuseClash(all, { name, id })
  return all.find(({ owner }) => owner === name)
}

/** What reads the node, each time anew. */
const observer = (
  node: Node,
  { owner, resources }: Omit<Expansion, 'limits'>,
  { iptables, places = resources, settle }: SessionOptions,
): (() => Promise<Observation>) => {
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
    const own = await ownRecords(node, owner)
    const records = own?.entries ?? new Map<string, Json>()
    const clears = resources.length === 0
    const firewall = { backend: iptables, clears, prefix: chainPrefix(owner) }
    const reader = await openReader(node, placesOf(places, records), { records, firewall, earlier })
    const same = findSame(node, reader, places)
    const seen =
      same.length > 0
        ? { observed: [], desired: resources, problems: same }
        : await observeSettled(reader)
    earlier ??= await reader.firewall(false)
    const notedAt = own?.notedAt
    return {
      ...seen,
      owner: { ...owner, records, notedAt },
      reader,
      known: own !== undefined,
    }
  }
  return () => readSteadily(look)
}

/** Opens the node for an expansion. */
export const openSession = async (
  expansion: Omit<Expansion, 'limits'>,
  options: SessionOptions,
): Promise<Session> => {
  const { owner, resources } = expansion
  const { netns, adopt, places = resources } = options
  const node = await openNode(netns)
  // Nobody is logged in to another namespace than the one that they are in.
  const sshConnection = node.path === undefined ? await findSshConnection(process.env) : undefined
  const observe = observer(node, expansion, options)
  let linted = false
  const paths = new Map<string, string>()
  const rememberPaths = (records: ReadonlyMap<string, Json>): void => {
    for (const place of placesOf(places, records)) paths.set(place.name, place.path)
  }
  return {
    node,
    nodeName: options.nodeName ?? netns ?? hostname(),
    owner,
    netnsOf: (namespace) => (namespace === '' ? node.path : paths.get(namespace)),
    observe,
    plan: async () => {
      const seen = await observe()
      const { problems, reader, observed, desired, owner: found } = seen
      if (problems.length > 0) return { ok: false, diagnostics: problems }
      rememberPaths(found.records)
      const result = makePlan(kinds, desired, observed, { owner: found, adopt })
      if (!result.ok) return result
      const plan = markLockouts(result.plan, observed, { sshConnection })
      // Told once: what an apply plans again is to see whether it is done.
      const warnings = linted ? [] : await lintNode({ desired, observed, reader })
      linted = true
      return { ok: true, plan, warnings, remember: () => rememberNode(plan, seen, places) }
    },
    note: async (entries, begins = false) => {
      const known = await ownRecords(node, owner)
      if (entries.size === 0 && resources.length === 0) return removeRecords(node, owner.name)
      if (known && !begins && sameRecords(known.entries, entries)) return
      // What an earlier run noted, and perhaps made, is as old as that note.
      const notedAt = begins && !carriesUnmade(known, entries) ? undefined : known?.notedAt
      await writeRecords(node, { owner: owner.name, ownerId: owner.id, entries, notedAt })
    },
  }
}
