import { nodeFlags } from './base.ts'
import { openSession } from './session.ts'
import { approveFlag, WritingCommand } from './writing.ts'

/** `netplan destroy` */
export class DestroyCommand extends WritingCommand {
  static override description =
    'Remove everything that the owner of the configuration owns, and give back what it changed.'
  static override examples = ['<%= config.bin %> destroy -f netplan.yaml']
  static override flags = { ...nodeFlags, ...approveFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(DestroyCommand)
    const { expansion, source } = await this.load(flags)
    const session = await openSession(
      { owner: expansion.owner, resources: [] },
      {
        netns: flags.netns,
        iptables: flags.iptables,
        adopt: false,
        places: expansion.resources,
      },
    )
    const plan = this.take(await session.plan(), source.text)
    await this.carryOut({ plan, session, purpose: 'destroy', textOf: source.text }, flags)
  }
}
