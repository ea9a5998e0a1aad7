import { Flags } from '@oclif/core'
import { planScript } from '../present/script.ts'
import { planText } from '../present/text.ts'
import { escapeControls } from '../net/controls.ts'
import { adoptFlag, BaseCommand, columns, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { exitCodes } from './failure.ts'
import { planAgainst, planSnapshots } from './fleet.ts'
import { loadFleet } from './fleet-files.ts'
import { fleetFlags, fleetSourceOf } from './fleet-flags.ts'
import { printFleetJson, printFleetText } from './fleet-report.ts'
import { forewarn } from './guards.ts'
import { machineOf, recordedHost } from './host.ts'
import type { Loaded } from './load.ts'
import { readSnapshot, stateFlag } from './snapshots.ts'
import { openView } from './view.ts'
import type { View } from './view.ts'

type PlanFlags = Parsed<typeof PlanCommand>

/** `netplan plan` */
export class PlanCommand extends BaseCommand {
  static override description = 'Show what apply would do, and why. Changes nothing.'
  static override examples = [
    '<%= config.bin %> plan -f netplan.yaml',
    '<%= config.bin %> plan -f node.d --var uplink=eth1 --format script',
    '<%= config.bin %> plan --json --detailed-exitcode',
    '<%= config.bin %> plan -f netplan.yaml --state node-1.json',
  ]
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    ...stateFlag,
    ...fleetFlags,
    format: Flags.option({
      options: ['text', 'json', 'script'] as const,
      default: 'text' as const,
      description: 'how to print the plan; script is the commands that apply would run',
    })(),
    full: Flags.boolean({ description: 'show what stays as it is, too' }),
    verbose: Flags.boolean({ description: 'show the chains that services are made of' }),
    'detailed-exitcode': Flags.boolean({ description: 'exit 2 if there is something to change' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(PlanCommand)
    if (flags.fleet) {
      await this.planFleet(flags)
      return
    }
    const { loaded, session } = await this.look(flags)
    const plan = this.take(await session.plan(), loaded.source.text)
    const format = flags.json ? 'json' : flags.format
    const warnings = forewarn(plan, loaded.expansion.limits, format === 'text')
    this.tellDiagnostics(warnings, loaded.source.text)
    const document = this.document(plan, session)
    if (format === 'json') this.printJson(document)
    else if (format === 'script') this.print(planScript(plan.steps, session.netnsOf))
    else {
      const style = this.styleOf(flags)
      const { full, verbose } = flags
      this.print(planText(document, { style, full, verbose, width: columns() }))
    }
    const differs = plan.changes.length > 0 && flags['detailed-exitcode']
    this.exitWith(differs ? exitCodes.differs : exitCodes.done)
  }

  /** The configuration, and the node: this one, or that of a snapshot. */
  private async look(
    flags: PlanFlags,
  ): Promise<{ readonly loaded: Loaded; readonly session: View }> {
    if (flags.state === undefined) {
      const loaded = await this.load(flags)
      const session = await this.open(loaded, flags)
      await this.tellOfJournal(session)
      return { loaded, session }
    }
    const snapshot = await readSnapshot(flags.state)
    const host = recordedHost(snapshot, flags.state)
    const loaded = await this.load(flags, machineOf(snapshot, host, flags.node))
    const { iptables, adopt } = flags
    const { expansion, settle, source } = loaded
    const { nodeName } = source
    if (snapshot.notice !== null) this.tell(`netplan: ${escapeControls(snapshot.notice)}\n`)
    const view = openView(host, expansion, { iptables, adopt, settle, nodeName })
    return { loaded, session: view }
  }

  /** Every node of the configuration. */
  private async planFleet(flags: PlanFlags): Promise<void> {
    const { adopt, iptables } = flags
    const source = fleetSourceOf(flags)
    const files = await loadFleet(flags)
    this.tellDiagnostics(files.shared.warnings, files.shared.text)
    const nodes =
      source.snapshots === undefined
        ? planAgainst(await loadFleet({ ...flags, file: [source.against] }), files)
        : planSnapshots(source.snapshots, files, { adopt, iptables })
    const options = { style: this.styleOf(flags), width: columns() }
    const isJson = flags.json || flags.format === 'json'
    const summary = await (isJson ? printFleetJson(nodes) : printFleetText(nodes, options))
    const { refused, missing, unknown, changed } = summary
    const differs = changed > 0 && flags['detailed-exitcode']
    if (refused + missing + unknown > 0) this.exitWith(exitCodes.error)
    else this.exitWith(differs ? exitCodes.differs : exitCodes.done)
  }
}
