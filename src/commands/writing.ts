import { Flags } from '@oclif/core'
import { applyPlan } from '../apply/apply.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Plan } from '../plan/plan.ts'
import type { Summary } from '../present/document.ts'
import { planText } from '../present/text.ts'
import type { Purpose } from '../present/text.ts'
import { askApproval, requireTerminal } from './approval.ts'
import { BaseCommand, columns } from './base.ts'
import { failureOf } from './conclude.ts'
import type { Details } from './failure.ts'
import type { Session } from './session.ts'

export const approveFlag = {
  'auto-approve': Flags.boolean({ description: 'do not ask; needed where there is no terminal' }),
}

interface WriteFlags {
  readonly json: boolean
  readonly 'no-color': boolean
  readonly 'auto-approve': boolean
}

/** A plan to carry out, and where it comes from. */
interface Undertaking {
  readonly plan: Plan
  readonly session: Session
  readonly purpose: Purpose
  readonly textOf: Details['textOf']
}

const summaryText = (summary: Summary): string =>
  `${summary.create} added, ${summary.update} changed, ` +
  `${summary.replace} replaced, ${summary.delete} destroyed`

/** What `apply` and `destroy` share: showing, asking, doing, and saying how it went. */
export abstract class WritingCommand extends BaseCommand {
  /** Shows a plan, asks, and does it; throws a Failure unless it was done. */
  protected async carryOut(undertaking: Undertaking, flags: WriteFlags): Promise<void> {
    const { plan, session, purpose, textOf } = undertaking
    const asks = plan.changes.length > 0 && !flags['auto-approve']
    // With --json an error is the only document.
    if (asks && flags.json) requireTerminal()
    const document = this.document(plan, session)
    const say = (event: object): void => {
      if (flags.json) this.print(`${JSON.stringify(event)}\n`)
    }
    say({ type: 'plan', plan: document })
    if (!flags.json) {
      const style = this.styleOf(flags)
      this.print(planText(document, { style, full: false, width: columns(), purpose }))
    }
    if (asks) {
      requireTerminal()
      await askApproval(session.nodeName)
    }
    const onProgress = (done: number, total: number): void => say({ type: 'progress', done, total })
    const applied = await applyPlan(plan, {
      writer: openWriter(),
      netnsOf: session.netnsOf,
      replan: session.plan,
      note: session.note,
      onProgress,
    })
    const failure = failureOf(applied, plan, textOf)
    if (failure) throw failure
    say({ type: 'done', summary: document.summary })
    if (!flags.json && plan.changes.length > 0) {
      this.print(`Done: ${summaryText(document.summary)}.\n`)
    }
  }
}
