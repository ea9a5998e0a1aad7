import * as Flags from '@oclif/core/flags'
import type { Applied } from '../apply/apply.ts'
import { deadlineOf, readJournal } from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import type { Lock } from '../kernel/lock.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlanDocument, Summary } from '../present/document.ts'
import { planText } from '../present/text.ts'
import type { Purpose } from '../present/blocks.ts'
import { askApproval, requireTerminal } from './approval.ts'
import { armWatchdog } from './arm.ts'
import { columns } from './base.ts'
import { NodeCommand } from './node-command.ts'
import { beginAcceptance } from './acceptance.ts'
import type { Acceptance } from './acceptance.ts'
import { failureOf } from './conclude.ts'
import { durationFlag } from './duration.ts'
import { guard, guardFlags, limitsOf } from './guards.ts'
import { findEarlier } from './journals.ts'
import { lockFlag, withLock } from './locking.ts'
import { makeChecks } from './probing.ts'
import { showProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import type { Loaded } from './load.ts'
import type { Session } from './session.ts'
import type { Planned } from './view.ts'
import { heedSignals } from './signals.ts'
import type { Signals } from './signals.ts'
import { journalPath, undertake } from './undertake.ts'

export const approveFlag = {
  'auto-approve': Flags.boolean({ description: 'do not ask; needed where there is no terminal' }),
}

export const writeFlags = {
  ...approveFlag,
  ...lockFlag,
  ...guardFlags,
  'confirm-within': durationFlag({
    description: 'roll back unless netplan confirm comes within this time',
    least: 1,
  }),
}

export interface WriteFlags {
  readonly json: boolean
  readonly 'no-color': boolean
  readonly 'auto-approve': boolean
  readonly 'lock-timeout'?: number | undefined
  readonly 'confirm-within'?: number | undefined
  readonly 'allow-lockout': boolean
  readonly 'max-destroy'?: number | undefined
  readonly protect?: string[] | undefined
}

/** What is to be done, and where it comes from. */
interface Undertaking {
  readonly session: Session
  /** What is said where there is nothing to do; default that the node matches its configuration. */
  readonly nothing?: string
  readonly purpose: Purpose
  readonly command: string
  readonly loaded: Loaded
}

type Ready = Extract<Planned, { ok: true }>

const summaryText = (summary: Summary): string =>
  `${summary.create} added, ${summary.update} changed, ` +
  `${summary.replace} replaced, ${summary.delete} destroyed`

/** What `apply` and `destroy` share: planning, showing, asking, doing, and saying how it went. */
export abstract class WritingCommand extends NodeCommand {
  /** Plans, shows the plan, asks, and does it; throws a Failure unless it was done. */
  protected async carryOut(undertaking: Undertaking, flags: WriteFlags): Promise<void> {
    const { session, command, loaded } = undertaking
    const textOf = loaded.source.text
    const timeout = flags['lock-timeout'] ?? 0
    const document = await withLock(session.node, command, timeout, async (lock) => {
      await this.tellOfJournal(session)
      const earlier = await findEarlier(session.node, session.owner.name)
      const planned = await session.plan()
      const plan = this.take(planned, textOf)
      if (!planned.ok) return undefined
      const shown = await this.approve(plan, undertaking, flags)
      const applied = await this.do(planned, undertaking, { flags, lock, earlier })
      const failure = failureOf(applied, plan, textOf)
      if (failure) throw failure
      return shown
    })
    // Without the lock: whoever reads this may take long.
    if (document) await this.finish(document, undertaking, flags)
  }

  private say(flags: WriteFlags, event: object): void {
    if (flags.json) this.print(`${JSON.stringify(event)}\n`)
  }

  /** Shows a plan, and asks. */
  private async approve(
    plan: Plan,
    { session, purpose, loaded, nothing }: Undertaking,
    flags: WriteFlags,
  ): Promise<PlanDocument> {
    const asks = plan.changes.length > 0 && !flags['auto-approve']
    // With --json an error is the only document.
    if (asks && flags.json) requireTerminal()
    const document = this.document(plan, session)
    this.say(flags, { type: 'plan', plan: document })
    if (!flags.json) {
      const style = this.styleOf(flags)
      const options = { style, full: false, width: columns(), purpose, nothing }
      this.print(planText(document, options))
    }
    guard(plan, limitsOf(loaded.expansion.limits, flags), {
      confirmWithin: flags['confirm-within'] !== undefined,
      allowLockout: flags['allow-lockout'],
      purpose,
      textOf: loaded.source.text,
    })
    if (asks) {
      requireTerminal()
      await askApproval(session.nodeName)
    }
    return document
  }

  private async do(
    planned: Ready,
    undertaking: Undertaking,
    { flags, lock, earlier }: { flags: WriteFlags; lock: Lock; earlier: Journal | undefined },
  ): Promise<Applied> {
    const { session, command } = undertaking
    const confirmWithin = flags['confirm-within']
    const signals = heedSignals((text) => this.tell(text))
    const progress = showProgress()
    try {
      const acceptance = await this.makeChecks(planned.plan, undertaking, { signals, progress })
      return await undertake(session, planned, {
        command,
        earlier,
        confirmWithin,
        writer: openWriter({ lock, halt: signals.halt }),
        stop: signals.stop,
        halt: signals.halt,
        ...acceptance,
        onProgress: (done, total) => {
          this.say(flags, { type: 'progress', done, total })
          progress.update(`${String(done)} of ${String(total)} steps`)
        },
        onBegin: async (path) => {
          if (confirmWithin !== undefined) await armWatchdog(session.node, path, session.owner.name)
        },
      })
    } finally {
      progress.end()
      signals.dispose()
    }
  }

  /** What has to go on working. Nothing has to where everything is to go. */
  private async makeChecks(
    { changes }: Plan,
    { session, purpose, loaded }: Undertaking,
    { signals, progress }: { signals: Signals; progress: Progress },
  ): Promise<Partial<Acceptance>> {
    const { expansion, source } = loaded
    if (purpose !== 'change' || changes.length === 0 || expansion.probes.length === 0) return {}
    // The line of progress is the apply's: it ends it.
    const shared: Progress = { update: (text) => progress.update(text), end: () => undefined }
    return beginAcceptance({
      make: (patience) => makeChecks(session.node, expansion, patience, shared),
      stop: signals.stop,
      tell: (warnings) => this.tellDiagnostics(warnings, source.text),
    })
  }

  private async finish(
    { summary, changes }: PlanDocument,
    { session }: Undertaking,
    flags: WriteFlags,
  ): Promise<void> {
    const waits = flags['confirm-within'] !== undefined && changes.length > 0
    const journal = waits
      ? await readJournal(await journalPath(session.node, session.owner.name))
      : undefined
    const deadline = journal && deadlineOf(journal)
    this.say(flags, { type: 'done', summary, ...(deadline ? { confirmBy: deadline } : {}) })
    if (flags.json || changes.length === 0) return
    this.print(`Done: ${summaryText(summary)}.\n`)
    if (deadline)
      this.print(`It is rolled back at ${deadline.toISOString()} unless you say: netplan confirm\n`)
  }
}
