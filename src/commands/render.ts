import { toPlain } from '../config/located.ts'
import { renderYaml } from '../config/render.ts'
import { BaseCommand, fileFlags, netnsFlag } from './base.ts'
import { namedMachine } from './load.ts'

/** `netplan render` */
export class RenderCommand extends BaseCommand {
  static override summary = 'Print what a configuration unfolds into for one node.'
  static override description = 'It is YAML, with the line behind each part.'
  static override examples = [
    '<%= config.bin %> render -f fleet.yaml --node node-1',
    '<%= config.bin %> render -f fleet.yaml --node node-1 --json',
  ]
  static override flags = { ...fileFlags, ...netnsFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(RenderCommand)
    const { source } = await this.load(flags, namedMachine(flags))
    if (flags.json) this.printJson(toPlain(source.root))
    else this.print(renderYaml(source.root))
  }
}
