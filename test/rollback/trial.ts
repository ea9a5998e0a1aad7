import { openJournal, readJournal } from '../../src/apply/journal.ts'
import type { Journal } from '../../src/apply/journal.ts'
import type { Applied } from '../../src/apply/apply.ts'
import { rollBack } from '../../src/apply/rollback.ts'
import type { RolledBack } from '../../src/apply/rollback.ts'
import type { Session } from '../../src/commands/session.ts'
import { journalPath, undertake } from '../../src/commands/undertake.ts'
import { openWayBack } from '../../src/commands/wayback.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { describeProblems } from '../node/harness.ts'
import { openFaultyWriter } from './faults.ts'
import type { Fault } from './faults.ts'

/** How an apply with a fault ended; killed: it did not. */
export interface Trial {
  readonly plan: Plan
  readonly applied: Applied | 'killed'
  readonly points: number
}

/**
 * Applies what a session asks for, with a fault.
 *
 * @param meanwhile what somebody does between plan and apply
 */
export const tryApply = async (
  session: Session,
  fault?: Fault,
  meanwhile?: () => Promise<void>,
): Promise<Trial> => {
  const planned = await session.plan()
  if (!planned.ok) throw new Error(`no plan: ${describeProblems(planned)}`)
  await meanwhile?.()
  const writer = openFaultyWriter(fault)
  const earlier = await journalOf(session)
  const ending = undertake(session, planned, { writer, command: 'test', earlier })
  const killed = writer.reached.then(() => 'killed' as const)
  const applied = await (fault?.kind === 'killed' ? Promise.race([ending, killed]) : ending)
  return { plan: planned.plan, applied, points: writer.points }
}

const journalOf = async ({ node, owner }: Session): Promise<Journal | undefined> =>
  readJournal(await journalPath(node, owner.name))

/** A rollback with a fault; killed: it did not end. */
interface BackTrial {
  readonly back: RolledBack | 'killed'
  readonly points: number
}

/** What `netplan rollback` does, with a fault. */
export const tryRollBack = async (session: Session, fault?: Fault): Promise<BackTrial> => {
  const journal = await journalOf(session)
  if (!journal) throw new Error('there is no journal')
  const writer = openFaultyWriter(fault)
  const ending = rollBack('test', {
    ...openWayBack(session.node, journal.header),
    writer,
    journal: openJournal(journal.path),
  })
  const killed = writer.reached.then(() => 'killed' as const)
  const back = await (fault?.kind === 'killed' ? Promise.race([ending, killed]) : ending)
  return { back, points: writer.points }
}

/** What is left after a rollback; undefined: nothing. */
export const describeBack = (back: RolledBack | 'killed'): string | undefined => {
  if (back === 'killed') return 'killed'
  if (back.complete) return undefined
  const changes = back.left?.changes.map(
    ({ identity, action, differences }) => `${action} ${identity} ${JSON.stringify(differences)}`,
  )
  const failures = back.failures.map(({ step, message }) => `${step.argv.join(' ')}: ${message}`)
  return [...(changes ?? ['unreadable']), ...failures, String(back.error)].join('\n')
}
