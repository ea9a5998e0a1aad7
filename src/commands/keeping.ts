import type { Diagnostic } from '../config/diagnostics.ts'
import type { FileText } from '../config/load.ts'
import type { Journal } from '../apply/journal.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Lock } from '../kernel/lock.ts'
import type { Look } from '../kernel/monitor.ts'
import { planDocument } from '../present/document.ts'
import type { PlanDocument } from '../present/document.ts'
import type { Revision } from '../sources/source.ts'
import type { Outcome, Round } from '../watch/loop.ts'
import { damageOf, findExcess } from '../watch/max-delete.ts'
import type { MaxDelete } from '../watch/max-delete.ts'
import { beginAcceptance } from './acceptance.ts'
import type { Acceptance } from './acceptance.ts'
import { failureOf } from './conclude.ts'
import { exitCodes, noPlan } from './failure.ts'
import type { Failure } from './failure.ts'
import { limitsOf, refusalOf } from './guards.ts'
import { findEarlier } from './journals.ts'
import { load } from './load.ts'
import type { Loaded } from './load.ts'
import { withLock } from './locking.ts'
import { makeChecks } from './probing.ts'
import { toFailure } from './report.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import { inputsOf, stillStands } from './standing.ts'
import { undertake } from './undertake.ts'
import type { Planned } from './view.ts'
import { beginWitness } from './witness.ts'
import type { Witness } from './witness.ts'

export interface KeepFlags {
  readonly var?: string[] | undefined
  readonly node?: string | undefined
  readonly netns?: string | undefined
  readonly iptables?: 'nft' | 'legacy' | undefined
  readonly adopt: boolean
  readonly 'allow-lockout': boolean
}

export interface Keeping {
  readonly version: string
  readonly flags: KeepFlags
  /** Only looks. */
  readonly dryRun: boolean
  readonly maxDelete: MaxDelete
  /** A second signal: stop at once. */
  readonly halt: AbortSignal
  /** A look at the node, beside what is heard of it. */
  look(): Look
  warned(diagnostics: readonly Diagnostic[]): void
  planned(document: PlanDocument): void
}

/** For another apply to end, in seconds. */
const lockTimeout = 10

const held = ({ code, message, details }: Failure): Outcome => ({
  kind: 'held',
  reason: code,
  error: [message, ...details.diagnostics.map((one) => one.message)].join('; '),
})

const failed = ({ code, message, exitCode, details }: Failure): Outcome => ({
  kind: 'failed',
  reason: exitCode === exitCodes.invalid ? 'invalid' : code,
  error: [message, ...details.diagnostics.map((one) => one.message)].join('; '),
})

type Ready = Extract<Planned, { ok: true }>

/** What is to be, and the node that was opened for it. */
interface Found {
  readonly loaded: Loaded
  readonly session: Session
  readonly witness: Witness
}

const open = async (documents: readonly FileText[], { flags, warned }: Keeping): Promise<Found> => {
  const all = { ...flags, texts: documents }
  const witness = beginWitness(all)
  const loaded = await load(all, witness.machine)
  warned(loaded.warnings)
  const { expansion, settle, source } = loaded
  const { netns, iptables, adopt } = flags
  const { nodeName } = source
  const options = { netns, iptables, adopt, settle, nodeName, answers: witness.answers }
  return { loaded, session: witness.watch(await openSession(expansion, options)), witness }
}

const plan = async ({ loaded, session }: Found, { warned }: Keeping): Promise<Ready> => {
  const planned = await session.plan()
  if (!planned.ok) throw noPlan(planned.diagnostics, loaded.source.text)
  warned(planned.warnings)
  return planned
}

/** Why nothing is done, though there is something to do; undefined: it is done. */
const findObstacle = (
  planned: Ready,
  { loaded }: Found,
  { flags, maxDelete }: Keeping,
): Outcome | undefined => {
  const { plan: found, seen } = planned
  const refusal = refusalOf(found, limitsOf(loaded.expansion.limits, {}), {
    confirmWithin: false,
    allowLockout: flags['allow-lockout'],
    purpose: 'change',
    textOf: loaded.source.text,
  })
  if (refusal) return held(refusal)
  const excess = findExcess(maxDelete, damageOf(found.changes, seen.desired.length))
  return excess === undefined ? undefined : { kind: 'held', reason: 'max-delete', error: excess }
}

const silent = { update: () => undefined, end: () => undefined }

const acceptanceOf = async (
  { loaded, session }: Found,
  { warned }: Keeping,
  stop: AbortSignal,
): Promise<Partial<Acceptance>> => {
  const { expansion } = loaded
  if (expansion.probes.length === 0) return {}
  return beginAcceptance({
    make: (patience) => makeChecks(session.node, expansion, patience, silent),
    stop,
    tell: warned,
  })
}

/** What an apply begins with. */
interface Begun {
  readonly lock: Lock
  /** The owner's apply before this one. */
  readonly earlier: Journal | undefined
}

/** Carries out a plan, and says what came of it. */
const carryOut = async (
  planned: Ready,
  found: Found,
  keeping: Keeping,
  { lock, earlier }: Begun,
): Promise<Outcome> => {
  const { session, loaded } = found
  const { changes } = planned.plan
  // It ends with the round that is under way, and not in the middle of one.
  const stop = new AbortController().signal
  const applied = await undertake(session, planned, {
    command: 'netplan watch',
    writer: openWriter({ lock, halt: keeping.halt }),
    stop,
    halt: keeping.halt,
    earlier,
    ...(changes.length > 0 ? await acceptanceOf(found, keeping, stop) : {}),
  })
  const failure = failureOf(applied, planned.plan, loaded.source.text)
  if (failure) return failed(failure)
  return changes.length > 0 ? { kind: 'applied', changes: changes.length } : { kind: 'inSync' }
}

const apply = async (found: Found, keeping: Keeping): Promise<Outcome> => {
  const { session } = found
  return withLock(session.node, 'netplan watch', lockTimeout, async (lock) => {
    // One that waits to be confirmed is somebody's affair.
    const earlier = await findEarlier(session.node, session.owner.name)
    const planned = await plan(found, keeping)
    if (planned.plan.changes.length > 0)
      keeping.planned(planDocument(planned.plan, session.nodeName))
    return (
      findObstacle(planned, found, keeping) ?? carryOut(planned, found, keeping, { lock, earlier })
    )
  })
}

const compare = async (found: Found, keeping: Keeping): Promise<Outcome> => {
  const planned = await plan(found, keeping)
  const { changes } = planned.plan
  if (changes.length === 0) return { kind: 'inSync' }
  keeping.planned(planDocument(planned.plan, found.session.nodeName))
  return { kind: 'differs', changes: changes.length }
}

const work = async ({ documents }: Revision, keeping: Keeping): Promise<Outcome> => {
  const { version, flags, dryRun } = keeping
  const seen = keeping.look()
  if (await stillStands(inputsOf(version, documents, flags), (nsid) => seen.isQuiet(nsid))) {
    seen.settle()
    return { kind: 'inSync' }
  }
  const found = await open(documents, keeping)
  const outcome = await (dryRun ? compare(found, keeping) : apply(found, keeping))
  await found.witness.keep(found.loaded, version)
  // A plan looks at everything.
  if (outcome.kind === 'inSync' || outcome.kind === 'applied') seen.settle()
  return outcome
}

/** Brings a node to what a revision says, or says how it differs. What fails is an outcome. */
export const keepRound =
  (keeping: Keeping): Round =>
  async (revision) => {
    try {
      return await work(revision, keeping)
    } catch (error) {
      return failed(toFailure(error))
    }
  }
