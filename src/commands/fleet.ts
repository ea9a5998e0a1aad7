import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Expansion } from '../expand/index.ts'
import type { Backend } from '../iptables/restore.ts'
import { NodeError } from '../kernel/namespaces.ts'
import { StartError } from '../kernel/run.ts'
import { SnapshotError } from '../kernel/snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { compareDescriptions } from '../plan/compare.ts'
import type { PlanResult } from '../plan/plan.ts'
import { planDocument } from '../present/document.ts'
import { unplanned } from '../present/fleet-document.ts'
import type { FleetNodeDocument } from '../present/fleet-document.ts'
import { kinds } from '../resources/index.ts'
import { Failure } from './failure.ts'
import { nameIn, partOf } from './fleet-files.ts'
import type { FleetFiles } from './fleet-files.ts'
import type { Missing } from './fleet-flags.ts'
import { forewarn } from './guards.ts'
import { machineOf, recordedHost } from './host.ts'
import { readSnapshot } from './snapshots.ts'
import { openView } from './view.ts'

const problem = (message: string): Diagnostic => ({
  severity: 'error',
  code: 'node',
  message,
})

/** Why one node has no plan; what is no answer to that ends the program. */
const explain = (error: unknown): readonly Diagnostic[] => {
  if (error instanceof Failure) {
    const { diagnostics } = error.details
    return diagnostics.length > 0 ? diagnostics : [problem(error.message)]
  }
  const isKnown = [SnapshotError, NodeError, StartError].some((one) => error instanceof one)
  if (!isKnown) throw error
  return [problem((error as Error).message)]
}

const documentOf = (
  node: string,
  result: PlanResult,
  limits: Expansion['limits'],
): FleetNodeDocument => {
  if (!result.ok) return unplanned(node, 'refused', result.diagnostics)
  const { plan, warnings } = result
  const { summary, changes } = planDocument(plan, node)
  const diagnostics = [...warnings, ...forewarn(plan, limits, true)]
  return { node, status: 'planned', summary, changes, diagnostics }
}

/** The plan of one node; whatever keeps it from having one is said of it, and the others go on. */
const planNode = async (
  node: string,
  plan: () => Promise<FleetNodeDocument>,
): Promise<FleetNodeDocument> => {
  try {
    return await plan()
  } catch (error) {
    return unplanned(node, 'refused', explain(error))
  }
}

export interface FleetOptions {
  readonly missing: Missing
  readonly adopt: boolean
  readonly iptables: Backend | undefined
}

/** The files of a folder of snapshots, in their order. */
export const listSnapshots = async (folder: string): Promise<readonly string[]> => {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
    return names.map((name) => join(folder, name))
  } catch (error) {
    const { message } = error as Error
    throw new SnapshotError('invalid', `cannot read the folder of snapshots ${folder}: ${message}`)
  }
}

const twice = (node: string, file: string, other: string): FleetNodeDocument =>
  unplanned(file, 'refused', [problem(`it is a snapshot of ${node}, and so is ${other}`)])

/** A snapshot of the folder. */
interface Found {
  readonly file: string
  /** Rejected where it cannot be read. */
  readonly snapshot: Promise<Snapshot>
}

/** The snapshots of a folder: the next one is read while the last one is worked on. */
function* readAhead(files: readonly string[]): Generator<Found> {
  const begin = (file: string | undefined): Found | undefined => {
    if (file === undefined) return undefined
    const snapshot = readSnapshot(file)
    // Whoever takes it hears of it.
    snapshot.catch(() => undefined)
    return { file, snapshot }
  }
  let next = begin(files[0])
  for (let place = 1; next; place += 1) {
    const found: Found = next
    next = begin(files[place])
    yield found
  }
}

/** What is planned from one snapshot. */
const planFound = async (
  found: Found,
  files: FleetFiles,
  seen: Map<string, string>,
  options: FleetOptions,
): Promise<FleetNodeDocument> => {
  const { file } = found
  const snapshot = await found.snapshot
  const host = recordedHost(snapshot, file)
  const { name } = snapshot.node
  const machine = machineOf(snapshot, host, undefined)
  const node = await nameIn(files, machine, name)
  if (node === undefined) return unplanned(name, 'unknown', [])
  const other = seen.get(node)
  if (other !== undefined) return twice(node, file, other)
  seen.set(node, file)
  return planNode(node, async () => {
    const { expansion, settle } = partOf(files, node, machine.given ?? machine.hostname)
    const view = openView(host, expansion, { ...options, settle, nodeName: node })
    return documentOf(node, await view.plan(), expansion.limits)
  })
}

const nothing = ({ owner }: Expansion): Pick<Expansion, 'owner' | 'resources'> => ({
  owner,
  resources: [],
})

/** What is said of a node that is taken for new. */
export const noSnapshot = (what: 'planned' | 'rehearsed'): Diagnostic => ({
  severity: 'warning',
  code: 'no-snapshot',
  message: `there is no snapshot of it: it is ${what} as a node that has nothing yet (--missing new)`,
})

/** A node of which there is no snapshot. */
const planMissing = (node: string, files: FleetFiles, missing: Missing): FleetNodeDocument => {
  if (missing === 'fail') return unplanned(node, 'missing', [])
  const { expansion } = partOf(files, node)
  const result = compareDescriptions(kinds, nothing(expansion), expansion)
  const found = documentOf(node, result, expansion.limits)
  if (found.status !== 'planned') return found
  return { ...found, status: 'new', diagnostics: [noSnapshot('planned'), ...found.diagnostics] }
}

/** Plans every node of a fleet from its snapshot, one after the other: no more than two are in memory. */
export async function* planSnapshots(
  folder: string,
  files: FleetFiles,
  options: FleetOptions,
): AsyncGenerator<FleetNodeDocument> {
  const seen = new Map<string, string>()
  for (const found of readAhead(await listSnapshots(folder))) {
    yield await planNode(basename(found.file), () => planFound(found, files, seen, options))
  }
  for (const node of files.nodes ?? []) {
    if (seen.has(node)) continue
    yield await planNode(node, () => Promise.resolve(planMissing(node, files, options.missing)))
  }
}

/** Compares what two versions of a configuration ask of every node. */
export async function* planAgainst(
  old: FleetFiles,
  files: FleetFiles,
): AsyncGenerator<FleetNodeDocument> {
  const former = new Set(old.nodes)
  const all = files.nodes ?? old.nodes ?? [hostname()]
  for (const node of all) {
    yield await planNode(node, () => {
      const { expansion: after } = partOf(files, node)
      const isThere = old.nodes === undefined || former.has(node)
      const before = isThere ? partOf(old, node).expansion : nothing(after)
      const result = compareDescriptions(kinds, before, after)
      return Promise.resolve(documentOf(node, result, after.limits))
    })
  }
  const names = new Set(all)
  for (const name of former) if (!names.has(name)) yield unplanned(name, 'removed', [])
}
