import type { Applied } from '../apply/apply.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Plan } from '../plan/plan.ts'
import { planDocument } from '../present/document.ts'
import type { Rehearsal, Verdict } from '../present/rehearsal-document.ts'
import type { Allowance, Meet, Script } from '../rehearsal/script.ts'
import { comparePlans } from '../rehearsal/sameness.ts'
import { beginAcceptance } from './acceptance.ts'
import type { AcceptanceOptions } from './acceptance.ts'
import { failureOf } from './conclude.ts'
import { makeBare } from './copying-links.ts'
import { makeCopy } from './copying.ts'
import { exitCodes } from './failure.ts'
import type { ExitCode, Failure } from './failure.ts'
import { limitsOf, refusalOf } from './guards.ts'
import { recordedHost } from './host.ts'
import type { Loaded } from './load.ts'
import { add, startReport, watchBatches } from './rehearsal-draft.ts'
import type { Draft } from './rehearsal-draft.ts'
import { goBack } from './rehearsing-back.ts'
import { checkInCopy, tryHere } from './rehearsing-checks.ts'
import type { Stage } from './rehearsing-checks.ts'
import { withoutFixed } from './rehearsing-parameters.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import { undertake } from './undertake.ts'
import { openView } from './view.ts'
import type { Planned, ViewOptions } from './view.ts'

type Ready = Extract<Planned, { ok: true }>

const refuse = (draft: Draft, diagnostics: readonly Diagnostic[]): Rehearsal => {
  const message = `no plan: ${String(diagnostics.length)} problem${diagnostics.length === 1 ? '' : 's'} with this node`
  add(draft, { verdict: 'no-plan', exitCode: exitCodes.error, message, diagnostics })
  return draft.report
}

const verdicts: Readonly<Partial<Record<ExitCode, Verdict>>> = {
  [exitCodes.rolledBack]: 'rolled-back',
  [exitCodes.partApplied]: 'part-applied',
}

const never = new AbortController().signal

/** Applies the plan, by the very code that apply does it by. */
const carryOut = async (
  session: Session,
  planned: Ready,
  make: AcceptanceOptions['make'] | undefined,
  draft: Draft,
): Promise<Applied> => {
  const acceptance =
    planned.plan.changes.length > 0 && make
      ? await beginAcceptance({
          make,
          stop: never,
          tell: (warnings) =>
            add(draft, { diagnostics: [...draft.report.diagnostics, ...warnings] }),
        })
      : {}
  const { batches, onProgress } = watchBatches()
  const applied = await draft.time('apply', () =>
    undertake(session, planned, {
      command: 'netplan rehearse',
      writer: openWriter(),
      stop: never,
      halt: never,
      onProgress,
      ...acceptance,
    }),
  )
  add(draft, { batches })
  return applied
}

const conclude = async (
  session: Session,
  applied: Applied,
  { plan, loaded }: { plan: Plan; loaded: Loaded },
  draft: Draft,
): Promise<void> => {
  const failure = failureOf(applied, plan, loaded.source.text)
  if (failure) {
    const { exitCode, message, details } = failure
    const verdict = verdicts[exitCode] ?? 'nothing-changed'
    const diagnostics = [...draft.report.diagnostics, ...details.diagnostics]
    add(draft, { verdict, exitCode, message, diagnostics })
    return
  }
  add(draft, { verdict: plan.changes.length === 0 ? 'nothing-to-do' : 'done' })
  const second = await draft.time('verify', () => session.plan())
  const left = second.ok
    ? second.plan.changes.map(({ title }) => title)
    : second.diagnostics.map(({ message }) => message)
  add(draft, { secondPlan: left })
}

/** Makes this machine like the node; the plan for that, if there is one. */
const makeLike = async (
  loaded: Loaded,
  { snapshot, called, underlay }: Script,
  view: ViewOptions,
  draft: Draft,
): Promise<Plan | undefined> => {
  const { expansion } = loaded
  const writer = openWriter()
  if (!snapshot) {
    if (!underlay?.bare) throw new Error('bug: a node without a snapshot, and not bare')
    const { bare } = underlay
    const left = await draft.time('copy', () => makeBare(writer, bare, underlay))
    add(draft, { leftOut: [...draft.report.leftOut, ...left] })
    return undefined
  }
  const there = openView(recordedHost(snapshot, called), expansion, view)
  add(draft, { node: there.nodeName })
  const expected = await draft.time('plan', () => there.plan())
  if (!expected.ok) {
    refuse(draft, expected.diagnostics)
    return undefined
  }
  const seen = await there.observe()
  add(draft, { plan: planDocument(expected.plan, there.nodeName), diagnostics: expected.warnings })
  const leftOut = await draft.time('copy', () => makeCopy(snapshot, seen, writer, underlay))
  add(draft, { leftOut: [...draft.report.leftOut, ...leftOut] })
  return expected.plan
}

/** Notes what is planned for the copy, and where that is not what is planned for the node. */
const notePlan = (plan: Plan, expected: Plan | undefined, draft: Draft): void => {
  const { node, plan: known } = draft.report
  add(draft, {
    planDiffers: expected ? comparePlans(expected, plan) : [],
    plan: known ?? planDocument(plan, node),
  })
}

/** What apply would say to a plan, before it begins; undefined: nothing. */
const findRefusal = (
  plan: Plan,
  { expansion: { limits }, source }: Loaded,
  { lockout, maxDestroy, protect }: Allowance,
): Failure | undefined =>
  refusalOf(plan, limitsOf(limits, { 'max-destroy': maxDestroy, protect }), {
    confirmWithin: false,
    allowLockout: lockout,
    purpose: 'change',
    textOf: source.text,
  })

/** What is refused is rehearsed all the same: it says what would become of it. */
const noteRefusal = (refusal: Failure | undefined, draft: Draft): void => {
  if (!refusal) return
  const { verdict, exitCode, message, diagnostics } = draft.report
  add(draft, {
    verdict: 'refused',
    exitCode: refusal.exitCode,
    message: refusal.message,
    refused: { verdict, exitCode, message },
    diagnostics: [...refusal.details.diagnostics, ...diagnostics],
  })
}

const stageOf = (
  { underlay }: Script,
  parts: Pick<Stage, 'session' | 'expansion' | 'draft' | 'before'>,
): Stage => ({ ...parts, podCIDRs: underlay?.podCIDRs ?? [], nodes: underlay?.all ?? [] })

/**
 * What says whether an apply is kept; undefined: nothing does. Before the other nodes are there, what needs them does
 * not work.
 */
const judgeOf = (stage: Stage, meet: Meet | undefined): AcceptanceOptions['make'] | undefined =>
  meet || stage.expansion.probes.length === 0 ? undefined : (patience) => tryHere(stage, patience)

/**
 * Makes this machine, which has to be nobody's, like the node, and applies the plan to it.
 *
 * @param meet waits until the other nodes of the fleet are done, too
 */
export const rehearse = async (given: Loaded, script: Script, meet?: Meet): Promise<Rehearsal> => {
  const { loaded, leftOut } = await withoutFixed(given, script.snapshot)
  const { expansion, settle, source } = loaded
  const { adopt, iptables, node = '', rollback } = script
  const view = { adopt, iptables, settle, nodeName: source.nodeName }
  const draft = startReport({ nodeName: source.nodeName ?? node, owner: expansion.owner })
  add(draft, { leftOut })
  const expected = await makeLike(loaded, script, view, draft)
  if (draft.report.verdict === 'no-plan') return draft.report
  const session = await openSession(expansion, { ...view, netns: undefined })
  const before = await session.observe()
  const planned = await draft.time('compare', () => session.plan())
  if (!planned.ok) return refuse(draft, planned.diagnostics)
  const { plan } = planned
  notePlan(plan, expected, draft)
  const stage = stageOf(script, { session, expansion, draft, before })
  const applied = await carryOut(session, planned, judgeOf(stage, meet), draft)
  await conclude(session, applied, { plan, loaded }, draft)
  const isDone = applied.outcome === 'done'
  await checkInCopy(stage, meet, isDone)
  if (rollback && isDone && applied.steps > 0) await goBack(session, before.observed, draft)
  noteRefusal(findRefusal(expected ?? plan, loaded, script.allowance), draft)
  return draft.report
}
