import { createInterface } from 'node:readline/promises'
import { Flags } from '@oclif/core'
import { applyPlan } from '../apply/apply.ts'
import type { Applied } from '../apply/apply.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Plan } from '../plan/plan.ts'
import { planText } from '../present/text.ts'
import { BaseCommand, columns } from './base.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Session } from './session.ts'

export const approveFlag = {
  'auto-approve': Flags.boolean({ description: 'do not ask; needed where there is no terminal' }),
}

interface WriteFlags {
  readonly json: boolean
  readonly 'no-color': boolean
  readonly 'auto-approve': boolean
}

/** What `apply` and `destroy` share: showing, asking, doing, and saying how it went. */
export abstract class WritingCommand extends BaseCommand {
  /** Shows a plan, asks, and does it. */
  protected async carryOut(
    plan: Plan,
    session: Session,
    flags: WriteFlags,
    textOf: (file: string) => string | undefined,
  ): Promise<void> {
    const say = (event: object): void => {
      if (flags.json) this.print(`${JSON.stringify(event)}\n`)
    }
    const document = this.document(plan, session)
    say({ type: 'plan', plan: document })
    if (!flags.json) {
      this.print(planText(document, { style: this.styleOf(flags), full: false, width: columns() }))
    }
    if (plan.changes.length > 0 && !flags['auto-approve'] && !(await this.approved(session))) {
      throw new Failure(exitCodes.error, 'not-approved', 'cancelled: nothing was changed')
    }
    const applied = await applyPlan(plan, {
      writer: openWriter(),
      netnsOf: session.netnsOf,
      replan: session.plan,
      note: session.note,
      onProgress: (done, total) => {
        say({ type: 'progress', done, total })
      },
    })
    this.conclude(applied, plan, textOf)
    say({ type: 'done', summary: document.summary })
    if (!flags.json && plan.changes.length > 0)
      this.print(`Done: ${summaryText(document.summary)}.\n`)
  }

  private async approved(session: Session): Promise<boolean> {
    if (!process.stdin.isTTY) {
      throw new Failure(
        exitCodes.usage,
        'usage',
        'there is no terminal to ask at: say --auto-approve to go ahead',
      )
    }
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      const question = `\nDo this to node ${session.nodeName}? Only "yes" goes ahead: `
      return (await terminal.question(question)).trim() === 'yes'
    } finally {
      terminal.close()
    }
  }

  /** Throws unless it was done. */
  private conclude(
    applied: Applied,
    plan: Plan,
    textOf: (file: string) => string | undefined,
  ): void {
    if (applied.outcome === 'done') return
    if (applied.outcome === 'unreadable') {
      const message = 'applied, but the node cannot be planned against any more'
      const { diagnostics } = applied
      throw new Failure(exitCodes.partApplied, 'unverified', message, { diagnostics, textOf })
    }
    const left = applied.left?.changes.map(({ title }) => title) ?? [
      'unknown: the node cannot be read',
    ]
    if (applied.outcome === 'unverified') {
      const message = `every step was taken, but the node still differs: ${left.join(', ')}`
      throw new Failure(exitCodes.partApplied, 'unverified', message)
    }
    const { failure, done } = applied
    const source = plan.changes.find(({ identity }) => identity === failure.identity)?.after?.source
    const message =
      `${String(done)} of ${String(plan.steps.length)} steps were done, and stay; ` +
      `still to do: ${left.join(', ')}`
    const refusal = {
      severity: 'error' as const,
      code: 'node' as const,
      message: `${failure.step.argv.join(' ')}: ${failure.message}`,
      ...(source ? { location: source } : {}),
    }
    throw new Failure(exitCodes.partApplied, 'step-failed', message, {
      diagnostics: [refusal],
      textOf,
    })
  }
}

const summaryText = (summary: {
  readonly create: number
  readonly update: number
  readonly replace: number
  readonly delete: number
}): string =>
  `${String(summary.create)} added, ${String(summary.update)} changed, ` +
  `${String(summary.replace)} replaced, ${String(summary.delete)} destroyed`
