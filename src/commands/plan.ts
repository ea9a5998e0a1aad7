import * as Flags from '@oclif/core/flags'
import type { Diagnostic } from '../config/diagnostics.ts'
import { refusedChanges, refuseLimits } from '../present/fail-on.ts'
import { planScript } from '../present/script.ts'
import { drawPlan } from '../present/pipeline/plan.ts'
import type { Answers } from '../kernel/answers.ts'
import { liveAnswers } from '../kernel/live.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { escapeLine } from '../net/controls.ts'
import { adoptFlag, columns, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { NodeCommand, warningsOf } from './node-command.ts'
import { requireNoInput, writeDocument } from './document-files.ts'
import { failOnFlag, isRefused, refuseOnNodes } from './fail-on.ts'
import { exitCodes } from './failure.ts'
import type { ExitCode } from './failure.ts'
import { planAgainst, planSnapshots } from './fleet.ts'
import { loadFleet } from './fleet-files.ts'
import { fleetFlags, fleetSourceOf } from './fleet-flags.ts'
import { fleetRendition, readFleet } from './fleet-report.ts'
import { forewarn } from './guards.ts'
import { machineOf, recordedHost } from './host.ts'
import { nameOfEnvironment } from './load.ts'
import type { Loaded } from './load.ts'
import { formats, reportFlag } from './outputs.ts'
import type { Rendition } from './rendition.ts'
import { reporting } from './reporting.ts'
import type { About } from './reporting.ts'
import { outcomeOf, savePlan } from './saved-plan.ts'
import type { Ingredients, Ready, SavedPlan } from './saved-plan.ts'
import { ingredientsOf, outFlag, remake, requireGenuine, requireRoom, viewOf } from './saving.ts'
import type { Session } from './session.ts'
import { readSnapshot, stateFlag } from './snapshots.ts'
import { takeSnapshot } from './taking.ts'
import type { View } from './view.ts'
import { beginWitness } from './witness.ts'
import type { Witness } from './witness.ts'

const planFormats = [...formats, 'script'] as const

type PlanFlags = Parsed<typeof PlanCommand>

/** A configuration, and the node that it is planned for. */
interface Looked {
  readonly loaded: Loaded
  readonly session: View
  /** Where the node is one that was written down. */
  readonly ingredients?: Ingredients
  /** Where it is this one. */
  readonly witness?: Witness
}

const exitCodeOf = (
  flags: Pick<PlanFlags, 'detailed-exitcode'>,
  { refused, changes }: { readonly refused: boolean; readonly changes: number },
): ExitCode => {
  if (refused) return exitCodes.error
  return changes > 0 && flags['detailed-exitcode'] ? exitCodes.differs : exitCodes.done
}

/** `netplan plan` */
export class PlanCommand extends NodeCommand {
  static override summary = 'Show what apply would do, and why.'
  static override description =
    'Changes nothing. --out saves the plan for apply, --state plans for the node of a snapshot, --fleet for all nodes.'
  static override usage = [
    'plan [-f PATH...] [--state FILE] [--out FILE] [FLAG...]',
    'plan --fleet --snapshots DIR [-f PATH...] [FLAG...]',
    'plan --fleet --against PATH [-f PATH...] [FLAG...]',
  ]
  static override examples = [
    '<%= config.bin %> plan -f netplan.yaml',
    '<%= config.bin %> plan -f node.d --var uplink=eth1 --format script',
    '<%= config.bin %> plan --json --detailed-exitcode',
    '<%= config.bin %> plan -f netplan.yaml --state node-1.json',
    '<%= config.bin %> plan -f netplan.yaml --out node-1.plan',
    '<%= config.bin %> plan --fail-on replace,delete',
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
      description: `how to print the plan: ${formats.join(', ')}, or script, the commands that apply would run`,
      helpValue: 'FORMAT',
    })(),
    ...outFlag,
    ...reportFlag,
    ...failOnFlag,
    full: Flags.boolean({ description: 'show what stays as it is, too' }),
    verbose: Flags.boolean({ description: 'show the chains that services are made of' }),
    'detailed-exitcode': Flags.boolean({ description: 'exit 2 if there is something to change' }),
  }

  /** @param answers who is asked, where the plan is one of this node */
  async run(answers = liveAnswers): Promise<void> {
    const { flags } = await this.parse(PlanCommand)
    const { version } = this.config
    requireRoom(flags)
    const request = { command: 'plan', version, flags, known: planFormats, beside: flags.out }
    await reporting(request, (about) =>
      flags.fleet ? this.planFleet(flags, about) : this.planNode(flags, about, answers),
    )
    const { out, json, format } = flags
    if (out === undefined || out === '-' || json || format === 'json') return
    // Of a plan that was refused nobody is told how to carry it out.
    if (process.exitCode === exitCodes.error) return
    const file = escapeLine(out)
    this.tell(`netplan: saved to ${file}: "netplan apply ${file}" carries out exactly this\n`)
  }

  private async planNode(flags: PlanFlags, about: About, answers: Answers): Promise<Rendition> {
    const looked = await this.look(flags, answers)
    const { loaded, session } = looked
    const { text, files } = loaded.source
    const setting = about(files)
    const result = await session.plan()
    const plan = this.take(result, text)
    const saved = result.ok ? await this.save(result, looked, flags) : undefined
    await looked.witness?.keep(loaded, this.config.version)
    const isText = !flags.json && flags.format === 'text'
    const document = this.document(plan, session)
    const failOn = flags['fail-on'] ?? []
    const warn = (isText: boolean): readonly Diagnostic[] =>
      refuseLimits(forewarn(plan, loaded.expansion.limits, isText), failOn)
    const refused = [...warn(isText), ...refusedChanges(document.changes, failOn)]
    this.tellDiagnostics(refused, text)
    this.exitWith(exitCodeOf(flags, { refused: isRefused(refused), changes: plan.changes.length }))
    // Each format says of lock-outs itself, and of what is refused.
    const diagnostics = [...loaded.warnings, ...warningsOf(result), ...warn(true)]
    return {
      text: this.planTexts(document, flags),
      json: document,
      script: () => planScript(plan.steps, session.netnsOf),
      drawings: drawPlan({ document, diagnostics, failOn }, setting),
      printed: saved && `${JSON.stringify(saved, null, 2)}\n`,
    }
  }

  /** Returns what is to be printed in the place of the plan. */
  private async save(
    planned: Ready,
    { loaded, session, ingredients }: Looked,
    { out, state }: PlanFlags,
  ): Promise<SavedPlan | undefined> {
    if (out === undefined || !ingredients) return undefined
    if (out !== '-') await requireNoInput(out, [...loaded.source.files, state ?? ''])
    const outcome = outcomeOf(planned, session, loaded.expansion)
    const making = { netplan: this.config.version, made: new Date() }
    const saved = savePlan(ingredients, outcome, making)
    if (out === '-') return saved
    await writeDocument(out, saved, 'saved-plan')
    return undefined
  }

  /** The configuration, and the node: this one, or that of a snapshot. */
  private async look(flags: PlanFlags, answers: Answers): Promise<Looked> {
    if (flags.state !== undefined) {
      const snapshot = await readSnapshot(flags.state, flags)
      if (flags.out !== undefined) requireGenuine(snapshot, flags.state)
      return this.lookAtSnapshot(snapshot, flags.state, flags)
    }
    if (flags.out !== undefined) return this.lookAndSave(await this.load(flags), flags)
    const witness = beginWitness(flags, answers)
    const loaded = await this.load(flags, witness.machine)
    const session = witness.watch(await this.open(loaded, flags, witness.answers))
    await this.tellOfJournal(session)
    return { loaded, session, witness }
  }

  /** What is saved is planned from what is saved. */
  private async lookAndSave(loaded: Loaded, flags: PlanFlags): Promise<Looked> {
    const { version } = this.config
    const open = (answers: Answers): Promise<Session> => this.open(loaded, flags, answers)
    const names = { netns: flags.netns, node: flags.node ?? nameOfEnvironment() }
    const { snapshot } = await takeSnapshot({ open, names, version })
    const ingredients = ingredientsOf(loaded, snapshot, flags)
    this.tellNotice(snapshot)
    const { loaded: again, view } = await remake(ingredients, 'of this node')
    return { loaded: again, session: view, ingredients }
  }

  private async lookAtSnapshot(
    snapshot: Snapshot,
    file: string,
    flags: PlanFlags,
  ): Promise<Looked> {
    const host = recordedHost(snapshot, file)
    const loaded = await this.load(flags, machineOf(snapshot, host, flags.node))
    const ingredients = ingredientsOf(loaded, snapshot, flags)
    this.tellNotice(snapshot)
    return { loaded, session: viewOf(ingredients, host, loaded), ingredients }
  }

  private tellNotice({ notice }: Snapshot): void {
    if (notice !== null) this.tell(`netplan: ${escapeLine(notice)}\n`)
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
        : planSnapshots(source.snapshots, files, {
            adopt,
            iptables,
            missing: flags.missing ?? 'fail',
          })
    const isJson = flags.json || flags.format === 'json'
    const report = await readFleet(refuseOnNodes(nodes, flags['fail-on'] ?? []), isJson)
    const { refused, missing, unknown, changed } = report.summary
    const failed = report.outcomes.some(({ diagnostics }) => isRefused(diagnostics))
    const isBad = failed || refused + missing + unknown > 0
    this.exitWith(exitCodeOf(flags, { refused: isBad, changes: changed }))
    return fleetRendition(report, { style: this.styleOf(flags), width: columns() }, setting)
  }
}
