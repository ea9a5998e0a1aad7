import { adoptFlag, nodeFlags } from './base.ts'
import { maxDestroyFlag } from './guards.ts'
import { writeFlags, WritingCommand } from './writing.ts'

/** `netplan apply` */
export class ApplyCommand extends WritingCommand {
  static override description =
    'Make the node as described: plan, ask, do it, and plan again to verify that nothing is left.'
  static override examples = [
    '<%= config.bin %> apply -f netplan.yaml',
    '<%= config.bin %> apply -f netplan.yaml --auto-approve --json',
    '<%= config.bin %> apply --confirm-within 60s',
  ]
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    ...writeFlags,
    ...maxDestroyFlag,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ApplyCommand)
    const loaded = await this.load(flags)
    const session = await this.open(loaded, flags)
    await this.carryOut({ session, purpose: 'change', command: 'netplan apply', loaded }, flags)
  }
}
