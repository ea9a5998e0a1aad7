import * as Args from '@oclif/core/args'
import { openNode } from '../kernel/namespaces.ts'
import { resistMemoryPressure } from '../kernel/processes.ts'
import { BaseCommand } from './base.ts'
import { watchOver } from './watch-over.ts'

/** What `apply --confirm-within` starts; nobody types it. */
export class WatchdogCommand extends BaseCommand {
  static override hidden = true
  static override description = 'Roll back an apply that is not confirmed in time.'
  static override args = { journal: Args.string({ required: true }) }

  async run(): Promise<void> {
    const { args } = await this.parse(WatchdogCommand)
    // What tells a terminal's programs to end is not for this one.
    process.on('SIGHUP', () => undefined).on('SIGINT', () => undefined)
    await resistMemoryPressure()
    await watchOver(await openNode(undefined), args.journal)
  }
}
