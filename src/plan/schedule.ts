import type { Step, Worlds } from '../resources/kind.ts'
import { rootOf } from './aftermath.ts'
import type { Entry } from './decide.ts'
import { orderTasks } from './order.ts'

type Entries = ReadonlyMap<string, Entry>

/** One half of what happens to an object: its removal, or its making (or change). */
interface Node {
  readonly entry: Entry
  readonly half: 'remove' | 'make'
  readonly steps: readonly Step[]
  readonly after: Set<number>
}

/** A step and the object that it is for. */
export interface ScheduledStep {
  readonly identity: string
  readonly step: Step
}

const removes = ({ action, vanishesWith }: Entry): boolean =>
  vanishesWith === undefined && (action === 'delete' || action === 'replace')

const makeSteps = ({ kind, action, before, after, left, ...entry }: Entry): readonly Step[] => {
  if (!after) return []
  if (action !== 'update' || !before) {
    return kind.steps({ action: 'create', after, tolerant: entry.vanishesWith !== undefined })
  }
  const { differences, adopts } = entry
  return kind.steps({ action: 'update', before: left ?? before, after, differences, adopts })
}

interface Graph {
  readonly nodes: Node[]
  readonly removal: Map<string, number>
  readonly making: Map<string, number>
}

/** As they are shown; last, and backwards, those of kinds that are read faster when made so. */
const inOrderOfMaking = (entries: readonly Entry[]): readonly Entry[] => [
  ...entries.filter(({ kind }) => kind.backwards !== true),
  ...entries.filter(({ kind }) => kind.backwards === true).reverse(),
]

const addNodes = (entries: readonly Entry[]): Graph => {
  const graph: Graph = { nodes: [], removal: new Map(), making: new Map() }
  const add = (entry: Entry, half: Node['half'], steps: readonly Step[]): number =>
    graph.nodes.push({ entry, half, steps, after: new Set() }) - 1
  for (const entry of entries) {
    if (entry.before && removes(entry)) {
      // A pair goes some milliseconds after its namespace: what is gone by then was to go (N-17).
      const steps = entry.kind
        .steps({ action: 'delete', before: entry.before })
        .map((step) => ({ ...step, mayBeGone: true }))
      graph.removal.set(entry.identity, add(entry, 'remove', steps))
    }
  }
  for (const entry of inOrderOfMaking(entries)) {
    if (entry.action === 'none' || entry.action === 'delete') continue
    graph.making.set(entry.identity, add(entry, 'make', makeSteps(entry)))
  }
  return graph
}

const link = ({ nodes }: Graph, later: number | undefined, earlier: number | undefined): void => {
  if (later === undefined || earlier === undefined || later === earlier) return
  nodes[later]?.after.add(earlier)
}

/** The node that takes an object away, be it by way of another one. */
const removalOf = (graph: Graph, entries: Entries, identity: string): number | undefined => {
  const root = rootOf(entries, identity)
  return graph.removal.get(root) ?? (root === identity ? undefined : graph.making.get(root))
}

/** The node that makes others lose something. */
const lossOf = (graph: Graph, entries: Entries, cause: string): number | undefined => {
  const root = rootOf(entries, cause)
  return graph.removal.get(root) ?? graph.making.get(root)
}

/** It is made after what it needs, and after the one that it takes the place of. */
const linkMaking = (graph: Graph, entries: Entries, { entry }: Node, worlds: Worlds): void => {
  const { identity, kind, after, declared } = entry
  const making = graph.making.get(identity)
  link(graph, making, removalOf(graph, entries, identity))
  for (const cause of entry.causes) link(graph, making, lossOf(graph, entries, cause))
  if (!after) return
  // What is not ours, but made again, may hang on what was and on what is to be.
  const sides = declared ? [worlds.desired] : [worlds.observed, worlds.desired]
  for (const world of sides)
    for (const required of kind.requires(after, world))
      link(graph, making, graph.making.get(required))
}

/** It is removed before what it needs. */
const linkRemoval = (graph: Graph, { entry }: Node, { observed }: Worlds): void => {
  const { identity, kind, before } = entry
  if (!before) return
  for (const required of kind.requires(before, observed)) {
    link(graph, graph.removal.get(required), graph.removal.get(identity))
  }
}

const linkRequirements = (graph: Graph, entries: Entries, worlds: Worlds): void => {
  for (const node of graph.nodes) {
    if (node.half === 'make') linkMaking(graph, entries, node, worlds)
    else linkRemoval(graph, node, worlds)
  }
}

/** Who gives up what, by claim. */
const findHolders = (entries: Entries): ReadonlyMap<string, readonly string[]> => {
  const holders = new Map<string, string[]>()
  for (const { identity, kind, before, action } of entries.values()) {
    if (!before || (action !== 'delete' && action !== 'replace')) continue
    for (const claim of kind.claims?.(before) ?? []) {
      holders.set(claim, [...(holders.get(claim) ?? []), identity])
    }
  }
  return holders
}

/** What only one can have is given up before it is taken. */
const linkClaims = (graph: Graph, entries: Entries): void => {
  const holders = findHolders(entries)
  for (const [identity, making] of graph.making) {
    const entry = entries.get(identity)
    const claims = entry?.after && entry.action !== 'update' ? entry.kind.claims?.(entry.after) : []
    for (const holder of (claims ?? []).flatMap((claim) => holders.get(claim) ?? [])) {
      link(graph, making, removalOf(graph, entries, holder))
    }
  }
}

/** Removals that nothing new waits for come last, so that what is new serves before the old goes. */
const linkLateRemovals = ({ nodes }: Graph): void => {
  const early = new Set<number>()
  const visit = [...nodes.keys()].filter((index) => {
    const node = nodes[index]
    return node?.half === 'make' && node.entry.kind.afterwards !== true
  })
  const makings = [...visit]
  for (let index = visit.pop(); index !== undefined; index = visit.pop()) {
    for (const earlier of nodes[index]?.after ?? []) {
      if (early.has(earlier)) continue
      early.add(earlier)
      visit.push(earlier)
    }
  }
  const late = nodes.filter((node, index) => node.half === 'remove' && !early.has(index))
  if (late.length === 0 || makings.length === 0) return
  // One node in between instead of an edge for each pair.
  const [first] = late
  if (!first) return
  const barrier =
    nodes.push({ entry: first.entry, half: 'make', steps: [], after: new Set(makings) }) - 1
  for (const node of late) node.after.add(barrier)
}

/** What comes after everything else waits for all of it. */
const linkAfterwards = ({ nodes }: Graph): void => {
  const isLast = ({ entry }: Node): boolean => entry.kind.afterwards === true
  const others = [...nodes.keys()].filter((index) => {
    const node = nodes[index]
    return node && !isLast(node)
  })
  for (const node of nodes.filter(isLast)) for (const other of others) node.after.add(other)
}

/** Program and namespace: what can be fed to one process. */
const laneOf = (node: Node): string => {
  const [step] = node.steps
  if (!step) return ''
  const [program = '', option = ''] = step.argv
  return `${step.namespace ?? ''} ${program} ${option.startsWith('-') ? option : ''}`
}

/** The steps of all changes, in an order in which the kernel takes them. */
export const schedule = (
  entries: Entries,
  sorted: readonly Entry[],
  worlds: Worlds,
): readonly ScheduledStep[] => {
  const graph = addNodes(sorted)
  linkRequirements(graph, entries, worlds)
  linkClaims(graph, entries)
  linkLateRemovals(graph)
  linkAfterwards(graph)
  const tasks = graph.nodes.map((node) => ({ lane: laneOf(node), after: node.after }))
  return orderTasks(tasks).flatMap((index) => {
    const node = graph.nodes[index]
    return node ? node.steps.map((step) => ({ identity: node.entry.identity, step })) : []
  })
}
