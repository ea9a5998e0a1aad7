import { loadConfig } from '../config/load.ts'
import type { LoadResult } from '../config/load.ts'
import type { Diagnostic, Location } from '../config/diagnostics.ts'
import { pathFinder } from '../config/path-at.ts'
import { expand } from '../expand/index.ts'
import type { Draft } from '../import/draft.ts'
import { leaveOut } from '../import/prune.ts'
import { writeDraft } from '../import/write.ts'
import type { Change } from '../plan/plan.ts'
import { kinds } from '../resources/index.ts'
import { linkIdentity } from '../resources/link/link.ts'
import type { Resource } from '../resources/kind.ts'
import type { Backend } from '../iptables/restore.ts'
import type { Host } from './host.ts'
import { openView } from './view.ts'
import type { Planned } from './view.ts'

/** A draft as a file that netplan takes, and what a plan of it would do for all that. */
export interface Settled {
  readonly draft: Draft
  readonly text: string
  /** Titles of what a plan would do beside taking things over. */
  readonly unsettled: readonly string[]
}

interface Complaint {
  readonly at: Location | undefined
  readonly why: string
}

const read = (text: string): Promise<LoadResult> =>
  loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text) })

const complaintsOf = (diagnostics: readonly Diagnostic[]): readonly Complaint[] =>
  diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ location, message }) => ({ at: location, why: message }))

/** Taking something over changes nothing of it. */
const isAdoption = ({ action, differences }: Change): boolean =>
  action === 'update' && differences.length === 0

const carrierOf = (change: Change, desired: readonly Resource[]): Location | undefined => {
  const { namespace = '', link } = (change.before ?? change.after ?? {}) as {
    readonly namespace?: string
    readonly link?: string
  }
  const kind = kinds.find(({ name }) => name === 'link')
  const wanted = linkIdentity(namespace, link ?? '')
  return desired.find((one) => one.kind === 'link' && kind?.identity(one) === wanted)?.source
}

const complaintsOfPlan = (result: Planned, desired: readonly Resource[]): readonly Complaint[] => {
  if (!result.ok) return complaintsOf(result.diagnostics)
  return result.plan.changes
    .filter((change) => !isAdoption(change))
    .map((change) => ({
      at: change.after?.source ?? carrierOf(change, desired),
      why: `a plan would ${change.action} it: ${describe(change)}`,
    }))
}

const describe = ({ title, differences }: Change): string =>
  [title, ...differences.map(({ attribute }) => attribute)].join(' ')

/** Where a file is to be tried. */
interface Trial {
  /** Undefined: it only has to be valid. */
  readonly host: Host | undefined
  readonly iptables: Backend | undefined
}

const complain = async (text: string, { host, iptables }: Trial): Promise<readonly Complaint[]> => {
  const loaded = await read(text)
  if (!loaded.ok) return complaintsOf(loaded.diagnostics)
  if (!host) return []
  const { config, locate, nodeName } = loaded.source
  const wish = expand(config, locate, nodeName)
  const view = openView(host, wish, { adopt: true, iptables })
  return complaintsOfPlan(await view.plan(), wish.resources)
}

/** How often something may have to be left out because of what was left out before. */
const most = 20

/**
 * The file of a draft, without what netplan does not take, or would change: what is left is what the node has, to
 * the letter.
 */
export const settleDraft = async (draft: Draft, head: string, trial: Trial): Promise<Settled> => {
  let current = draft
  let unsettled: readonly string[] = []
  for (let round = 0; round < most; round += 1) {
    const text = writeDraft(current, head)
    const complaints = await complain(text, trial)
    const next = leaveAllOut(current, text, complaints)
    unsettled = complaints.map(({ why }) => why)
    if (next === current) return { draft: current, text, unsettled }
    current = next
  }
  return { draft: current, text: writeDraft(current, head), unsettled }
}

/** From the last to the first, so that places in lists stay what they are. */
const leaveAllOut = (draft: Draft, text: string, complaints: readonly Complaint[]): Draft => {
  const find = pathFinder(text)
  const seen = new Set<string>()
  const placed = complaints
    .flatMap(({ at, why }) => (at ? [{ at, why }] : []))
    .toSorted((a, b) => b.at.line - a.at.line || b.at.column - a.at.column)
  return placed.reduce((current, { at, why }) => {
    const path = find(at.line, at.column)
    const key = JSON.stringify(path)
    if (seen.has(key)) return current
    seen.add(key)
    return leaveOut(current, path, why) ?? current
  }, draft)
}
