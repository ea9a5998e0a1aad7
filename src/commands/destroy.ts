import { nodeFlags } from './base.ts'
import { loadOwner } from './load.ts'
import { openSession } from './session.ts'
import { writeFlags, WritingCommand } from './writing.ts'

/** `netplan destroy` */
export class DestroyCommand extends WritingCommand {
  static override summary = 'Remove all that the owner of the configuration owns.'
  static override description =
    'What was changed of things that are not removed, as a kernel parameter, is put back.'
  static override examples = ['<%= config.bin %> destroy -f netplan.yaml']
  static override flags = { ...nodeFlags, ...writeFlags }

  async run(): Promise<void> {
    const { flags } = await this.parse(DestroyCommand)
    const loaded = this.tellWarnings(await loadOwner(flags))
    const { expansion, source } = loaded
    const session = await openSession(
      { owner: expansion.owner, resources: [] },
      {
        netns: flags.netns,
        iptables: flags.iptables,
        adopt: false,
        places: expansion.resources,
        nodeName: source.nodeName,
      },
    )
    await this.carryOut({ session, purpose: 'destroy', command: 'netplan destroy', loaded }, flags)
  }
}
