import * as Flags from '@oclif/core/flags'
import { isOpenEnded, isSame, openJournal } from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import { rollBack } from '../apply/rollback.ts'
import type { Lock } from '../kernel/lock.ts'
import { openNode } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import { openWriter } from '../kernel/writer.ts'
import { planDocument } from '../present/document.ts'
import { planText } from '../present/text.ts'
import { askApproval, requireTerminal } from './approval.ts'
import { columns, netnsFlag } from './base.ts'
import { NodeCommand } from './node-command.ts'
import { incompleteFailure } from './conclude.ts'
import { exitCodes, Failure } from './failure.ts'
import { ownerOf, readJournals } from './journals.ts'
import { lockFlag, withLock } from './locking.ts'
import { showProgress } from './progress.ts'
import { heedSignals, whileGoingBack } from './signals.ts'
import { openWayBack } from './wayback.ts'
import { approveFlag } from './writing.ts'

interface RollbackFlags {
  readonly json: boolean
  readonly 'no-color': boolean
  readonly 'auto-approve': boolean
  readonly netns?: string | undefined
  readonly owner?: string | undefined
}

const find = async (node: Node, owner: string | undefined): Promise<Journal> => {
  const journals = await readJournals(node)
  const found = journals.find((journal) => owner === undefined || ownerOf(journal) === owner)
  if (found) return found
  const whose = owner === undefined ? '' : ` of ${owner}`
  const message = `there is nothing to roll back: no apply${whose} is known here since this machine was started`
  throw new Failure(exitCodes.error, 'nothing-to-roll-back', message)
}

const changedMeanwhile = new Failure(
  exitCodes.error,
  'changed-meanwhile',
  'another apply has come meanwhile: nothing was rolled back, look again',
)

/** `netplan rollback` */
export class RollbackCommand extends NodeCommand {
  static override summary = 'Undo the last apply or destroy.'
  static override description = 'Everything that it touched is given back as it was before.'
  static override examples = [
    '<%= config.bin %> rollback',
    '<%= config.bin %> rollback --owner edge --auto-approve',
  ]
  static override flags = {
    ...netnsFlag,
    ...lockFlag,
    ...approveFlag,
    owner: Flags.string({
      description: 'whose last apply; default whoever was last',
      helpValue: 'NAME',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(RollbackCommand)
    const node = await openNode(flags.netns)
    const locked = <T>(work: (lock: Lock) => Promise<T>): Promise<T> =>
      withLock(node, 'netplan rollback', flags['lock-timeout'] ?? 0, work)
    const shown = await locked(async (lock) => {
      const journal = await find(node, flags.owner)
      if (await this.show(node, journal, flags)) return journal
      await this.goBack(node, lock, { journal, flags })
      return undefined
    })
    if (!shown) return
    // Not with the lock: a watchdog must not wait for an answer.
    requireTerminal()
    await askApproval(this.nameOf(flags))
    await locked(async (lock) => {
      const journal = await find(node, flags.owner)
      if (!isSame(journal, shown)) throw changedMeanwhile
      await this.goBack(node, lock, { journal, flags })
    })
  }

  private async goBack(
    node: Node,
    lock: Lock,
    { journal, flags }: { readonly journal: Journal; readonly flags: RollbackFlags },
  ): Promise<void> {
    const { last } = journal
    if (last.state === 'rolledBack') {
      this.finish(flags, `Nothing to do: it was rolled back at ${last.at} (${last.why}).\n`)
      return
    }
    const wayBack = openWayBack(node, journal.header)
    const signals = heedSignals((text) => this.tell(text), whileGoingBack)
    const progress = showProgress()
    const back = await rollBack('asked for', {
      ...wayBack,
      writer: openWriter({ lock, halt: signals.halt }),
      journal: openJournal(journal.path),
      halt: signals.halt,
      onProgress: (done, total) =>
        progress.update(`rolling back: ${String(done)} of ${String(total)} steps`),
    })
    progress.end()
    signals.dispose()
    if (!back.complete) {
      const details = { diagnostics: [], textOf: () => undefined }
      throw incompleteFailure('not all could be rolled back', back, details)
    }
    const what = isOpenEnded(journal)
      ? 'what was cut short is undone'
      : 'the last apply or destroy is undone'
    this.finish(flags, `Rolled back: ${what}, and everything it touched is as it was.\n`)
  }

  /** Shows what is to happen; returns whether it has to be asked for. */
  private async show(
    node: Node,
    { header, last }: Journal,
    flags: RollbackFlags,
  ): Promise<boolean> {
    if (last.state === 'rolledBack') return false
    const plan = await openWayBack(node, header).planWayBack()
    const asks = plan.changes.length > 0 && !flags['auto-approve']
    if (asks && flags.json) requireTerminal()
    const document = planDocument(plan, this.nameOf(flags))
    if (flags.json) this.print(`${JSON.stringify({ type: 'plan', plan: document })}\n`)
    else {
      const style = this.styleOf(flags)
      this.print(planText(document, { style, full: false, width: columns(), purpose: 'rollback' }))
    }
    return asks
  }

  private finish(flags: RollbackFlags, text: string): void {
    this.print(flags.json ? `${JSON.stringify({ type: 'done' })}\n` : text)
  }
}
