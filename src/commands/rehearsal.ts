import { text as readText } from 'node:stream/consumers'
import type { FileText } from '../config/load.ts'
import type { Backend } from '../iptables/restore.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { BaseCommand } from './base.ts'
import { machineOf, recordedHost } from './host.ts'
import { load } from './load.ts'
import { rehearse } from './rehearsing.ts'

/** What `rehearse` gives to the program that it starts on a machine of its own, as JSON on standard input. */
export interface Script {
  readonly snapshot: Snapshot
  /** What a person calls the snapshot. */
  readonly called: string
  readonly texts: readonly FileText[]
  readonly var: string[]
  readonly node?: string | undefined
  readonly adopt: boolean
  readonly iptables?: Backend | undefined
  readonly rollback: boolean
}

/** What `rehearse` starts; nobody types it. */
export class RehearsalCommand extends BaseCommand {
  static override hidden = true
  static override description = 'Rehearse on this machine, which has to be nobody’s.'

  async run(): Promise<void> {
    await this.parse(RehearsalCommand)
    const script = JSON.parse(await readText(process.stdin)) as Script
    const { snapshot, called: file, adopt, iptables, rollback, node } = script
    const machine = machineOf(snapshot, recordedHost(snapshot, file), node)
    // Whoever started this has told the warnings.
    const loaded = await load(script, machine)
    this.printJson(await rehearse(loaded, snapshot, { adopt, iptables, rollback, file }))
  }
}
