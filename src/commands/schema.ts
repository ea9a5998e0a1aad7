import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as Args from '@oclif/core/args'
import { BaseCommand } from './base.ts'

/** The published schemas, by the names of their documents. */
const names = [
  'netplan',
  'plan',
  'saved-plan',
  'snapshot',
  'fleet',
  'rehearsal',
  'fleet-rehearsal',
  'import',
  'objects',
  'validation',
  'probes',
  'error',
] as const

/** `netplan schema` */
export class SchemaCommand extends BaseCommand {
  static override summary = 'Print the JSON Schema of the configuration, or of an output.'
  static override description = 'They are of draft-07.'
  static override examples = [
    '<%= config.bin %> schema > netplan.schema.json',
    '<%= config.bin %> schema saved-plan',
  ]
  static override args = {
    document: Args.string({
      description: 'of which document; netplan is the configuration',
      options: names,
      default: 'netplan',
      ignoreStdin: true,
    }),
  }

  async run(): Promise<void> {
    const { args } = await this.parse(SchemaCommand)
    this.print(
      await readFile(join(this.config.root, 'schemas', `${args.document}.schema.json`), 'utf8'),
    )
  }
}
