import { BaseCommand, fileFlags } from './base.ts'

/** `netplan validate` */
export class ValidateCommand extends BaseCommand {
  static override description = 'Check a configuration. Needs no node and no privileges.'
  static override examples = ['<%= config.bin %> validate -f netplan.yaml']
  static override flags = fileFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(ValidateCommand)
    const { expansion, source, warnings } = await this.load(flags)
    const { length } = expansion.resources
    if (flags.json) {
      this.printJson({
        formatVersion: '1.0',
        valid: true,
        files: source.files,
        objects: length,
        diagnostics: warnings,
      })
      return
    }
    this.print(
      `Valid: ${source.files.join(', ')} (owner ${expansion.owner.name}, ${String(length)} objects).\n`,
    )
  }
}
