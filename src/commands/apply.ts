import * as Args from '@oclif/core/args'
import { adoptFlag, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { exitCodes, Failure } from './failure.ts'
import { maxDestroyFlag } from './guards.ts'
import { openSavedPlan } from './saved-apply.ts'
import { readSavedPlan } from './saved-parse.ts'
import type { SavedPlan } from './saved-plan.ts'
import { beginWitness } from './witness.ts'
import { writeFlags, WritingCommand } from './writing.ts'

type ApplyFlags = Parsed<typeof ApplyCommand>

/** What a saved plan says itself. */
const requireNoOthers = (flags: ApplyFlags, { options }: SavedPlan): void => {
  const { file, var: vars, node, adopt, iptables } = flags
  const others = { '--file': file, '--var': vars, '--node': node, '--adopt': adopt || undefined }
  const [given] = Object.entries(others).find(([, value]) => value !== undefined) ?? []
  const isOther = iptables !== undefined && iptables !== options.iptables
  const flag = given ?? (isOther ? '--iptables' : undefined)
  if (flag === undefined) return
  const message = `${flag} is for a plan that is to be made: a saved one stays as it is`
  throw new Failure(exitCodes.usage, 'usage', message)
}

const command = 'netplan apply'

/** `netplan apply` */
export class ApplyCommand extends WritingCommand {
  static override summary = 'Make the node as described: plan, ask, do it, and verify.'
  static override description =
    'To verify is to plan again: what is left is an error. Where a step fails, everything is undone. Given a saved plan, it does exactly that, if the node is still as it was when the plan was made.'
  static override examples = [
    '<%= config.bin %> apply -f netplan.yaml',
    '<%= config.bin %> apply -f netplan.yaml --auto-approve --json',
    '<%= config.bin %> apply --confirm-within 60s',
    '<%= config.bin %> apply node-1.plan',
  ]
  static override args = {
    plan: Args.string({
      description: 'a saved plan (plan --out); - is standard input',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    ...writeFlags,
    ...maxDestroyFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ApplyCommand)
    if (args.plan !== undefined) return this.applySaved(args.plan, flags)
    const witness = beginWitness(flags)
    const loaded = await this.load(flags, witness.machine)
    const session = witness.watch(await this.open(loaded, flags, witness.answers))
    await this.carryOut({ session, purpose: 'change', command, loaded }, flags)
    await witness.keep(loaded, this.config.version)
  }

  private async applySaved(file: string, flags: ApplyFlags): Promise<void> {
    const saved = await readSavedPlan(file)
    requireNoOthers(flags, saved)
    const { netns } = flags
    const { version } = this.config
    const tell = (text: string): void => this.tell(text)
    const { loaded, session } = await openSavedPlan(saved, { file, netns, version, tell })
    const nothing = 'Nothing to do. What this plan is about is as the plan leaves it.'
    await this.carryOut({ session, purpose: 'change', command, loaded, nothing }, flags)
  }
}
