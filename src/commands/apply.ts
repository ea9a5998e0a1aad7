import { adoptFlag, nodeFlags } from './base.ts'
import { approveFlag, WritingCommand } from './writing.ts'

/** `netplan apply` */
export class ApplyCommand extends WritingCommand {
  static override description =
    'Make the node as described: plan, ask, do it, and plan again to verify that nothing is left.'
  static override examples = [
    '<%= config.bin %> apply -f netplan.yaml',
    '<%= config.bin %> apply -f netplan.yaml --auto-approve --json',
  ]
  static override flags = { ...nodeFlags, ...adoptFlag, ...approveFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(ApplyCommand)
    const loaded = await this.load(flags)
    const session = await this.open(loaded, flags)
    const plan = this.take(await session.plan(), loaded.source.text)
    const textOf = loaded.source.text
    await this.carryOut({ plan, session, purpose: 'change', textOf }, flags)
  }
}
