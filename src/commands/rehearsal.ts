import { createInterface } from 'node:readline'
import type { Machine } from '../config/cluster/identify.ts'
import type { Rehearsal } from '../present/rehearsal-document.ts'
import { meetings, silence } from '../rehearsal/script.ts'
import type { Assignment, Meet, Meeting, Script } from '../rehearsal/script.ts'
import { BaseCommand } from './base.ts'
import { machineOf, recordedHost } from './host.ts'
import { load } from './load.ts'
import { rehearseAll } from './rehearsing-fleet.ts'
import { rehearse } from './rehearsing.ts'

const machineFor = ({ snapshot, called, node = '' }: Script): Machine =>
  snapshot
    ? machineOf(snapshot, recordedHost(snapshot, called), node === '' ? undefined : node)
    : { given: node, hostname: node, addresses: () => Promise.resolve([]) }

/** What `rehearse` starts on a machine of its own; nobody types it. */
export class RehearsalCommand extends BaseCommand {
  static override hidden = true
  static override description = 'Rehearse on this machine, which has to be nobody’s.'

  async run(): Promise<void> {
    await this.parse(RehearsalCommand)
    const reader = createInterface({ input: process.stdin })
    const lines = reader[Symbol.asyncIterator]()
    const next = async (): Promise<string> => String((await lines.next()).value ?? '')
    try {
      const assignment = JSON.parse(await next()) as Assignment
      if (assignment.type === 'fleet') this.say(await rehearseAll(assignment.scripts))
      else this.say(await this.rehearseNode(assignment.script, next))
    } finally {
      reader.close()
    }
  }

  private say(document: unknown): void {
    this.print(`${JSON.stringify(document)}\n`)
  }

  /** One node; where it is of a fleet, it says what it has, and is told what all have. */
  private async rehearseNode(script: Script, next: () => Promise<string>): Promise<Rehearsal> {
    // Whoever started this has told the warnings.
    const loaded = await load(script, machineFor(script))
    if (!script.underlay) return rehearse(loaded, script)
    let met = 0
    const meet: Meet = async (own) => {
      this.say(own)
      met += 1
      return JSON.parse(await next()) as Meeting
    }
    const report = await rehearse(loaded, script, meet)
    // The others wait, for those too that had no plan.
    while (met < meetings) await meet(silence)
    return report
  }
}
