import { planText } from '../present/text.ts'
import { BaseCommand, columns, nodeFlags } from './base.ts'
import { exitCodes } from './failure.ts'

/** `netplan check` */
export class CheckCommand extends BaseCommand {
  static override description =
    'Check for drift, for pipelines: the plan, and exit code 2 if there is one. Changes nothing.'
  static override examples = ['<%= config.bin %> check -f netplan.yaml || alert']
  static override flags = nodeFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(CheckCommand)
    const loaded = await this.load(flags)
    const session = await this.open(loaded, flags)
    const plan = this.take(await session.plan(), loaded.source.text)
    const document = this.document(plan, session)
    if (flags.json) this.printJson(document)
    else
      this.print(planText(document, { style: this.styleOf(flags), full: false, width: columns() }))
    this.exitWith(plan.changes.length > 0 ? exitCodes.differs : exitCodes.done)
  }
}
