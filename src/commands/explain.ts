import * as Args from '@oclif/core/args'
import { renderExplanation } from '../config/explain-text.ts'
import { explain } from '../config/explain.ts'
import { BaseCommand } from './base.ts'
import { exitCodes, Failure } from './failure.ts'

/** `netplan explain` */
export class ExplainCommand extends BaseCommand {
  static override summary = 'Explain a key of the configuration.'
  static override description = 'Its type, default and meaning, and whether a change replaces.'
  static override examples = ['<%= config.bin %> explain vxlans.id', '<%= config.bin %> explain']
  static override args = {
    path: Args.string({
      description: 'keys, joined by dots; the name of a link may be left out',
      ignoreStdin: true,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ExplainCommand)
    const result = explain(args.path ?? '')
    if (!result.ok) {
      const hint = result.hint === undefined ? '' : ` (${result.hint})`
      throw new Failure(exitCodes.usage, 'usage', result.message + hint)
    }
    if (flags.json) this.printJson(result.explanation)
    else this.print(`${renderExplanation(result.explanation).trimEnd()}\n`)
  }
}
