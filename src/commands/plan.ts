import { Flags } from '@oclif/core'
import { planScript } from '../present/script.ts'
import { drawPlan } from '../present/pipeline/plan.ts'
import { escapeControls } from '../net/controls.ts'
import { adoptFlag, BaseCommand, columns, nodeFlags, warningsOf } from './base.ts'
import type { Parsed } from './base.ts'
import { exitCodes } from './failure.ts'
import { planAgainst, planSnapshots } from './fleet.ts'
import { loadFleet } from './fleet-files.ts'
import { fleetFlags, fleetSourceOf } from './fleet-flags.ts'
import { fleetRendition, readFleet } from './fleet-report.ts'
import { forewarn } from './guards.ts'
import { machineOf, recordedHost } from './host.ts'
import type { Loaded } from './load.ts'
import { formats, reportFlag } from './outputs.ts'
import type { Rendition } from './rendition.ts'
import { reporting } from './reporting.ts'
import type { About } from './reporting.ts'
import { readSnapshot, stateFlag } from './snapshots.ts'
import { openView } from './view.ts'
import type { View } from './view.ts'

const planFormats = [...formats, 'script'] as const

type PlanFlags = Parsed<typeof PlanCommand>

/** `netplan plan` */
export class PlanCommand extends BaseCommand {
  static override description = 'Show what apply would do, and why. Changes nothing.'
  static override examples = [
    '<%= config.bin %> plan -f netplan.yaml',
    '<%= config.bin %> plan -f node.d --var uplink=eth1 --format script',
    '<%= config.bin %> plan --json --detailed-exitcode',
    '<%= config.bin %> plan -f netplan.yaml --state node-1.json',
    '<%= config.bin %> plan --report markdown=plan.md --report gitlab=plan.json',
  ]
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    ...stateFlag,
    ...fleetFlags,
    format: Flags.option({
      options: planFormats,
      default: 'text' as const,
      description: 'how to print the plan; script is the commands that apply would run',
    })(),
    ...reportFlag,
    full: Flags.boolean({ description: 'show what stays as it is, too' }),
    verbose: Flags.boolean({ description: 'show the chains that services are made of' }),
    'detailed-exitcode': Flags.boolean({ description: 'exit 2 if there is something to change' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(PlanCommand)
    const { version } = this.config
    await reporting({ command: 'plan', version, flags, known: planFormats }, (about) =>
      flags.fleet ? this.planFleet(flags, about) : this.planNode(flags, about),
    )
  }

  private async planNode(flags: PlanFlags, about: About): Promise<Rendition> {
    const { loaded, session } = await this.look(flags)
    const { text, files } = loaded.source
    const setting = about(files)
    const result = await session.plan()
    const plan = this.take(result, text)
    const isText = !flags.json && flags.format === 'text'
    this.tellDiagnostics(forewarn(plan, loaded.expansion.limits, isText), text)
    const document = this.document(plan, session)
    const differs = plan.changes.length > 0 && flags['detailed-exitcode']
    this.exitWith(differs ? exitCodes.differs : exitCodes.done)
    // Each format says of lock-outs itself.
    const limits = forewarn(plan, loaded.expansion.limits, true)
    const diagnostics = [...loaded.warnings, ...warningsOf(result), ...limits]
    return {
      text: this.planTexts(document, flags),
      json: document,
      script: () => planScript(plan.steps, session.netnsOf),
      drawings: drawPlan({ document, diagnostics }, setting),
    }
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
  private async planFleet(flags: PlanFlags, about: About): Promise<Rendition> {
    const { adopt, iptables } = flags
    const source = fleetSourceOf(flags)
    const files = await loadFleet(flags)
    this.tellDiagnostics(files.shared.warnings, files.shared.text)
    const setting = about(files.shared.files)
    const nodes =
      source.snapshots === undefined
        ? planAgainst(await loadFleet({ ...flags, file: [source.against] }), files)
        : planSnapshots(source.snapshots, files, { adopt, iptables })
    const isJson = flags.json || flags.format === 'json'
    const report = await readFleet(nodes, isJson)
    const { refused, missing, unknown, changed } = report.summary
    const differs = changed > 0 && flags['detailed-exitcode']
    if (refused + missing + unknown > 0) this.exitWith(exitCodes.error)
    else this.exitWith(differs ? exitCodes.differs : exitCodes.done)
    return fleetRendition(report, { style: this.styleOf(flags), width: columns() }, setting)
  }
}
