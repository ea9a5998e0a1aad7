import type { Journal } from '../apply/journal.ts'
import type { Lock } from '../kernel/lock.ts'
import { openWriter } from '../kernel/writer.ts'
import { failureOf } from './conclude.ts'
import type { Session } from './session.ts'
import { undertake } from './undertake.ts'
import type { Planned } from './view.ts'

interface Unattended {
  /** What a person, or a runtime, typed. */
  readonly command: string
  readonly lock: Lock
  /** The owner's apply before this one. */
  readonly earlier: Journal | undefined
}

/**
 * Carries out a plan of which nobody is asked, and that nobody stops.
 *
 * @throws Failure where it could not be carried out
 */
export const carryOutUnattended = async (
  session: Session,
  planned: Extract<Planned, { ok: true }>,
  { command, lock, earlier }: Unattended,
): Promise<void> => {
  const never = new AbortController().signal
  const manner = { command, earlier, writer: openWriter({ lock }), stop: never, halt: never }
  const applied = await undertake(session, planned, manner)
  const failure = failureOf(applied, planned.plan, () => undefined)
  if (failure) throw failure
}
