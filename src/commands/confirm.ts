import { now, openJournal, secondsLeft } from '../apply/journal.ts'
import type { Journal } from '../apply/journal.ts'
import { openNode } from '../kernel/namespaces.ts'
import { BaseCommand, netnsFlag } from './base.ts'
import { exitCodes, Failure } from './failure.ts'
import { readJournals } from './journals.ts'
import { durationFlag } from './duration.ts'
import { withLock } from './locking.ts'

const refuse = ([newest]: readonly Journal[]): Failure => {
  const { last } = newest ?? {}
  const message =
    last?.state === 'rolledBack'
      ? `there is nothing to confirm: the last apply was rolled back at ${last.at} (${last.why})`
      : newest && secondsLeft(newest) !== undefined
        ? 'the time to confirm is over: netplan rollback undoes the apply, a new one keeps it'
        : 'there is nothing to confirm: no apply waits for it'
  return new Failure(exitCodes.error, 'nothing-to-confirm', message)
}

/** `netplan confirm` */
export class ConfirmCommand extends BaseCommand {
  static override summary = 'Keep what apply --confirm-within did: else it is rolled back.'
  static override examples = ['<%= config.bin %> confirm']
  static override flags = {
    ...netnsFlag,
    'lock-timeout': durationFlag({
      description: 'how long to wait for an apply on this node to end; default 5s',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfirmCommand)
    const node = await openNode(flags.netns)
    await withLock(node, 'netplan confirm', flags['lock-timeout'] ?? 5, async () => {
      const journals = await readJournals(node)
      const pending = journals.find((journal) => (secondsLeft(journal) ?? 0) > 0)
      if (!pending) throw refuse(journals)
      const at = now()
      await openJournal(pending.path).append({ state: 'confirmed', at })
      const { began } = pending.header
      if (flags.json) this.printJson({ formatVersion: '1.0', confirmed: true, began, at })
      else this.print(`Confirmed: the apply of ${began} stays.\n`)
    })
  }
}
