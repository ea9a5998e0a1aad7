import * as Flags from '@oclif/core/flags'
import type { Setting } from '../present/pipeline/finding.ts'
import { drawDrift } from '../present/pipeline/plan.ts'
import { drawProbes } from '../present/pipeline/probes.ts'
import { probesDocument, probesText } from '../present/probes.ts'
import { plain } from '../present/style.ts'
import { nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { NodeCommand, warningsOf } from './node-command.ts'
import { exitCodes } from './failure.ts'
import { makeChecks, untilInterrupted } from './probing.ts'
import type { Loaded } from './load.ts'
import { formatFlag, formats, reportFlag } from './outputs.ts'
import type { Rendition } from './rendition.ts'
import { reporting } from './reporting.ts'
import type { Session } from './session.ts'

type CheckFlags = Parsed<typeof CheckCommand>

interface Job {
  readonly loaded: Loaded
  readonly session: Session
  readonly flags: CheckFlags
  readonly setting: Setting
}

/** `netplan check` */
export class CheckCommand extends NodeCommand {
  static override summary = 'Look for drift, for pipelines: exit code 2 if there is some.'
  static override description =
    'It prints the plan. With --probes, it makes the checks of the configuration, and exits with 2 if one fails. Changes nothing.'
  static override examples = [
    '<%= config.bin %> check -f netplan.yaml || alert',
    '<%= config.bin %> check --probes',
    '<%= config.bin %> check --report junit=drift.xml --report sarif=drift.sarif',
  ]
  static override flags = {
    ...nodeFlags,
    ...formatFlag,
    ...reportFlag,
    probes: Flags.boolean({
      description: 'make the checks of the configuration, and do not plan',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CheckCommand)
    const { version } = this.config
    await reporting({ command: 'check', version, flags, known: formats }, async (about) => {
      const loaded = await this.load(flags)
      const setting = about(loaded.source.files)
      const session = await this.open(loaded, flags)
      await this.tellOfJournal(session)
      const job: Job = { loaded, session, flags, setting }
      return flags.probes ? this.checkProbes(job) : this.checkDrift(job)
    })
  }

  private async checkDrift({ loaded, session, flags, setting }: Job): Promise<Rendition> {
    const result = await session.plan()
    const plan = this.take(result, loaded.source.text)
    const document = this.document(plan, session)
    const diagnostics = [...loaded.warnings, ...warningsOf(result)]
    this.exitWith(plan.changes.length === 0 ? exitCodes.done : exitCodes.differs)
    return {
      text: this.planTexts(document, flags),
      json: document,
      drawings: drawDrift({ document, diagnostics }, setting),
    }
  }

  private async checkProbes({ loaded, session, flags, setting }: Job): Promise<Rendition> {
    const results = await untilInterrupted((signal) =>
      makeChecks(session.node, loaded.expansion, { signal }),
    )
    const document = probesDocument(results, session.nodeName)
    this.exitWith(document.passed ? exitCodes.done : exitCodes.differs)
    return {
      text: (isFile) => probesText(results, isFile ? plain : this.styleOf(flags)),
      json: document,
      drawings: drawProbes(document, setting),
    }
  }
}
