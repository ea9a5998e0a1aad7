import type { Applied } from '../apply/apply.ts'
import { readJournal, openJournal } from '../apply/journal.ts'
import { rollBack } from '../apply/rollback.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Expansion } from '../expand/index.ts'
import type { Backend } from '../iptables/restore.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Plan } from '../plan/plan.ts'
import { planDocument } from '../present/document.ts'
import { diagnoseProbe } from '../probes/regressions.ts'
import { obstacleTo } from '../rehearsal/checks.ts'
import type { Check, Rehearsal, Verdict } from '../present/rehearsal-document.ts'
import { comparePlans, compareStates } from '../rehearsal/sameness.ts'
import { kinds } from '../resources/index.ts'
import type { Resource } from '../resources/kind.ts'
import { beginAcceptance } from './acceptance.ts'
import { failureOf } from './conclude.ts'
import { makeCopy } from './copying.ts'
import { exitCodes } from './failure.ts'
import type { ExitCode } from './failure.ts'
import { forewarn } from './guards.ts'
import { recordedHost } from './host.ts'
import type { Loaded } from './load.ts'
import { makeChecks } from './probing.ts'
import { add, startReport, watchBatches } from './rehearsal-draft.ts'
import type { Draft } from './rehearsal-draft.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import { journalPath, undertake } from './undertake.ts'
import { openView } from './view.ts'
import type { Planned } from './view.ts'
import { openWayBack } from './wayback.ts'

export interface RehearsalOptions {
  readonly adopt: boolean
  readonly iptables: Backend | undefined
  /** Whether to go back in the end, and to look whether all is as before. */
  readonly rollback: boolean
  /** What a person calls the snapshot. */
  readonly file: string
}

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

const silent = { update: () => undefined, end: () => undefined }

/** Applies the plan, by the very code that apply does it by. */
const carryOut = async (
  session: Session,
  planned: Ready,
  expansion: Expansion,
  draft: Draft,
): Promise<Applied> => {
  const acceptance =
    planned.plan.changes.length > 0 && expansion.probes.length > 0
      ? await beginAcceptance({
          node: session.node,
          expansion,
          stop: never,
          progress: silent,
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

/** The checks that can be made in the copy, and why the others cannot. */
const splitChecks = (
  expansion: Expansion,
  resources: readonly Resource[],
): { readonly made: Expansion; readonly skipped: readonly Check[] } => {
  const obstacle = obstacleTo(resources)
  const probes = expansion.probes.filter((probe) => obstacle(probe) === undefined)
  const skipped = expansion.probes.flatMap((probe): readonly Check[] => {
    const detail = obstacle(probe)
    return detail === undefined ? [] : [{ name: probe.name, status: 'skipped', detail }]
  })
  return { made: { ...expansion, probes }, skipped }
}

const check = async (session: Session, made: Expansion, draft: Draft): Promise<void> => {
  if (made.probes.length === 0) return
  const results = await draft.time('checks', () => makeChecks(session.node, made, {}, silent))
  const checks = results.map(({ probe, ok, detail }): Check => {
    return { name: probe.name, status: ok ? 'passed' : 'failed', detail }
  })
  const failed = results.filter(({ ok }) => !ok).map((one) => diagnoseProbe(one, 'warning'))
  const { diagnostics } = draft.report
  add(draft, {
    checks: [...draft.report.checks, ...checks],
    diagnostics: [...diagnostics, ...failed],
  })
}

/** Goes back by the journal, as `netplan rollback` does. */
const goBack = async (
  session: Session,
  before: readonly Resource[],
  draft: Draft,
): Promise<void> => {
  const journal = await readJournal(await journalPath(session.node, session.owner.name))
  if (!journal) return
  const back = await draft.time('rollback', () =>
    rollBack('asked for', {
      ...openWayBack(session.node, journal.header),
      writer: openWriter(),
      journal: openJournal(journal.path),
    }),
  )
  const { observed } = await session.observe()
  const differences = compareStates(kinds, before, observed)
  add(draft, { rollback: { complete: back.complete, differences } })
  if (back.complete && differences.length === 0) return
  const message = 'the apply was done, and could not be rolled back as a whole'
  add(draft, { verdict: 'part-applied', exitCode: exitCodes.partApplied, message })
}

const conclude = async (
  session: Session,
  applied: Applied,
  { plan, loaded, made }: { plan: Plan; loaded: Loaded; made: Expansion },
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
  await check(session, made, draft)
}

/** Makes a copy of the node on this machine, which has to be nobody's, and applies the plan to it. */
export const rehearse = async (
  loaded: Loaded,
  snapshot: Snapshot,
  { adopt, iptables, rollback, file }: RehearsalOptions,
): Promise<Rehearsal> => {
  const { expansion, settle, source } = loaded
  const view = { adopt, iptables, settle, nodeName: source.nodeName }
  const there = openView(recordedHost(snapshot, file), expansion, view)
  const draft = startReport(there)
  const expected = await draft.time('plan', () => there.plan())
  if (!expected.ok) return refuse(draft, expected.diagnostics)
  const { plan, warnings } = expected
  const forewarnings = [...warnings, ...forewarn(plan, expansion.limits, false)]
  add(draft, { plan: planDocument(plan, there.nodeName), diagnostics: forewarnings })
  const seen = await there.observe()
  const leftOut = await draft.time('copy', () => makeCopy(snapshot, seen, openWriter()))
  add(draft, { leftOut })
  const session = await openSession(expansion, { ...view, netns: undefined })
  const before = await session.observe()
  const planned = await draft.time('compare', () => session.plan())
  if (!planned.ok) return refuse(draft, planned.diagnostics)
  add(draft, { planDiffers: comparePlans(plan, planned.plan) })
  const { made, skipped } = splitChecks(expansion, [...before.observed, ...before.desired])
  add(draft, { checks: skipped })
  const applied = await carryOut(session, planned, made, draft)
  await conclude(session, applied, { plan: planned.plan, loaded, made }, draft)
  const isApplied = applied.outcome === 'done' && applied.steps > 0
  if (rollback && isApplied) await goBack(session, before.observed, draft)
  return draft.report
}
