import { schema } from '../generated/schema.ts'
import { BaseCommand } from './base.ts'

/** `netplan schema` */
export class SchemaCommand extends BaseCommand {
  static override description = 'Print the JSON Schema of the configuration (draft-07).'
  static override examples = ['<%= config.bin %> schema > netplan.schema.json']

  async run(): Promise<void> {
    await this.parse(SchemaCommand)
    this.printJson(schema)
  }
}
