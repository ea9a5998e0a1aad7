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

/** The last apply, where it stays without being confirmed, or once more: what had nothing to do waits for nobody. */
const findSettled = ([newest]: readonly Journal[]): string | undefined => {
  if (newest?.last.state === 'confirmed') return newest.last.at
  return newest?.last.state === 'applied' && secondsLeft(newest) === undefined
    ? newest.last.at
    : undefined
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
      const settled = pending ? undefined : findSettled(journals)
      const journal = pending ?? journals[0]
      if (!journal || (!pending && settled === undefined)) throw refuse(journals)
      const at = settled ?? now()
      if (pending) await openJournal(pending.path).append({ state: 'confirmed', at })
      const { began } = journal.header
      const confirmed = pending !== undefined
      if (flags.json) this.printJson({ formatVersion: '1.0', confirmed, began, at })
      else if (confirmed) this.print(`Confirmed: the apply of ${began} stays.\n`)
      else this.print(`Nothing waits to be confirmed: the apply of ${began} stays.\n`)
    })
  }
}
