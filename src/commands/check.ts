import { Flags } from '@oclif/core'
import { probesDocument, probesText } from '../present/probes.ts'
import { planText } from '../present/text.ts'
import { BaseCommand, columns, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { exitCodes } from './failure.ts'
import { makeChecks, untilInterrupted } from './probing.ts'
import type { Loaded } from './load.ts'
import type { Session } from './session.ts'

type CheckFlags = Parsed<typeof CheckCommand>

/** `netplan check` */
export class CheckCommand extends BaseCommand {
  static override description =
    'Check for drift, for pipelines: the plan, and exit code 2 if there is one. With --probes: make ' +
    'the checks of the configuration, and exit code 2 if one fails. Changes nothing.'
  static override examples = [
    '<%= config.bin %> check -f netplan.yaml || alert',
    '<%= config.bin %> check --probes',
  ]
  static override flags = {
    ...nodeFlags,
    probes: Flags.boolean({
      description: 'make the checks of the configuration, and do not plan',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CheckCommand)
    const loaded = await this.load(flags)
    const session = await this.open(loaded, flags)
    await this.tellOfJournal(session)
    const isFine = flags.probes
      ? await this.checkProbes(loaded, session, flags)
      : await this.checkDrift(loaded, session, flags)
    this.exitWith(isFine ? exitCodes.done : exitCodes.differs)
  }

  private async checkDrift(loaded: Loaded, session: Session, flags: CheckFlags): Promise<boolean> {
    const plan = this.take(await session.plan(), loaded.source.text)
    const document = this.document(plan, session)
    if (flags.json) this.printJson(document)
    else
      this.print(planText(document, { style: this.styleOf(flags), full: false, width: columns() }))
    return plan.changes.length === 0
  }

  private async checkProbes(loaded: Loaded, session: Session, flags: CheckFlags): Promise<boolean> {
    const results = await untilInterrupted((signal) =>
      makeChecks(session.node, loaded.expansion, { signal }),
    )
    const document = probesDocument(results, session.nodeName)
    if (flags.json) this.printJson(document)
    else this.print(probesText(results, this.styleOf(flags)))
    return document.passed
  }
}
