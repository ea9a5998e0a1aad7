import { uptime } from 'node:os'
import { join } from 'node:path'
import { applyPlan } from '../apply/apply.ts'
import type { Applied, ApplyOptions } from '../apply/apply.ts'
import {
  beginJournal,
  deadlineIn,
  isOpenEnded,
  journalSuffix,
  now,
  openJournal,
  stepsOf,
} from '../apply/journal.ts'
import type { Header, Journal, Memory } from '../apply/journal.ts'
import { NodeError } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import { ownProcess } from '../kernel/processes.ts'
import { openStateDirectory } from '../kernel/state.ts'
import type { Plan } from '../plan/plan.ts'
import { joinPasts } from '../plan/undo.ts'
import type { Session } from './session.ts'
import type { Planned } from './view.ts'
import { openWayBack } from './wayback.ts'

/** Where an owner's last apply on a node is written down. */
export const journalPath = async (node: Node, owner: string): Promise<string> =>
  join(await openStateDirectory(node), `${owner}${journalSuffix}`)

/** How a plan is to be carried out. */
export interface Manner extends Pick<
  ApplyOptions,
  'writer' | 'stop' | 'halt' | 'onProgress' | 'accept'
> {
  /** What a person typed: "netplan apply". */
  readonly command: string
  /** The owner's apply before this one. */
  readonly earlier?: Journal | undefined
  /** Seconds within which it has to be confirmed. */
  readonly confirmWithin?: number | undefined
  /** Called when it is written down, and nothing is done yet. */
  onBegin?(path: string): Promise<void>
}

/** Where an earlier apply was cut short, the way back leads to what was before that one. */
const continueFrom = (memory: Memory, earlier: Journal | undefined): Memory => {
  if (!earlier || !isOpenEnded(earlier)) return memory
  const { header } = earlier
  return {
    iptables: memory.iptables ?? header.iptables,
    known: header.known,
    applied: header.applied,
    past: joinPasts(header.past, memory.past),
    places: [...header.places, ...memory.places],
  }
}

const headerOf = async (
  plan: Plan,
  memory: Memory,
  { command, confirmWithin }: Manner,
): Promise<Header> => ({
  formatVersion: '1.0',
  ...memory,
  command,
  process: await ownProcess(),
  began: now(),
  since: uptime(),
  steps: stepsOf(plan),
  confirmWithin,
})

type Ready = Extract<Planned, { ok: true }>

/** What the next plan says more by: what was done is done, also where there is no room left to note that. */
const noteHints = async (session: Session, { plan, applied }: Ready): Promise<void> => {
  try {
    await session.note(plan.records, false, applied())
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
  }
}

/** Nothing is left to do of what was cut short. */
const closeEarlier = async (earlier: Journal | undefined): Promise<void> => {
  if (earlier && isOpenEnded(earlier))
    await openJournal(earlier.path).append({ state: 'applied', at: now() })
}

/** Carries out a plan, with a journal that leads back, however it ends. */
export const undertake = async (
  session: Session,
  planned: Ready,
  manner: Manner,
): Promise<Applied> => {
  const { writer, stop, halt, onProgress, accept, earlier, confirmWithin, onBegin } = manner
  const { plan, remember } = planned
  const { node, owner } = session
  if (plan.changes.length === 0) {
    await session.note(plan.records)
    await noteHints(session, planned)
    await closeEarlier(earlier)
    return { outcome: 'done', steps: 0 }
  }
  const memory = continueFrom(remember(), earlier)
  const wayBack = openWayBack(node, memory)
  const seen: { last: Planned } = { last: planned }
  const ended = await applyPlan(plan, {
    writer,
    stop,
    halt,
    ...(onProgress ? { onProgress } : {}),
    ...(accept ? { accept } : {}),
    netnsOf: (namespace) => session.netnsOf(namespace) ?? wayBack.netnsOf(namespace),
    replan: async (done) => (seen.last = await session.plan(done)),
    note: session.note,
    wayBack,
    begin: async () => {
      const path = await journalPath(node, owner.name)
      const journal = await beginJournal(path, await headerOf(plan, memory, manner))
      try {
        await onBegin?.(path)
      } catch (error) {
        // The way back from an earlier one that was cut short is in this journal now.
        if (!earlier || !isOpenEnded(earlier))
          await journal.append({ state: 'rolledBack', at: now(), why: 'it did not begin' })
        throw error
      }
      return journal
    },
    deadline: () => (confirmWithin === undefined ? undefined : deadlineIn(confirmWithin)),
  })
  if (ended.outcome === 'done' && seen.last.ok) await noteHints(session, seen.last)
  return ended
}
