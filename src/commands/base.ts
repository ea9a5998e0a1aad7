import { hostname } from 'node:os'
import { Command } from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import type { Interfaces } from '@oclif/core'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Machine } from '../config/cluster/identify.ts'
import { formatDiagnostics } from '../config/frame.ts'
import type { Answers } from '../kernel/answers.ts'
import type { Backend } from '../iptables/restore.ts'
import { planDocument } from '../present/document.ts'
import type { PlanDocument } from '../present/document.ts'
import { chooseStyle, plain } from '../present/style.ts'
import type { Style } from '../present/style.ts'
import { planText } from '../present/text.ts'
import type { Plan, PlanResult } from '../plan/plan.ts'
import { exitCodes, Failure } from './failure.ts'
import type { ExitCode } from './failure.ts'
import { warnOfJournal } from './journals.ts'
import { load } from './load.ts'
import type { FileFlags, Loaded } from './load.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import type { View } from './view.ts'

export type Parsed<T extends typeof Command> = Interfaces.InferredFlags<
  (typeof BaseCommand)['baseFlags'] & T['flags']
>

export const fileFlags = {
  file: Flags.string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    description: 'configuration file, directory, or - for standard input; default netplan.yaml',
    helpValue: 'PATH',
  }),
  var: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'set a variable of the configuration',
    helpValue: 'NAME=VALUE',
  }),
  node: Flags.string({
    description:
      'the name of this node ($NODE_NAME too); default the one of the cluster that has an address of ' +
      'this machine, or the host name',
    helpValue: 'NAME',
  }),
}

export const netnsFlag = {
  netns: Flags.string({
    description: 'treat this network namespace as the node',
    helpValue: 'NAME|PATH|PID',
    env: 'NETPLAN_NETNS',
  }),
}

export const iptablesFlag = {
  iptables: Flags.option({
    options: ['nft', 'legacy'] as const,
    description: 'the iptables to use; default that which has rules of ours, else the one in use',
    env: 'NETPLAN_IPTABLES',
  })(),
}

export const nodeFlags = { ...fileFlags, ...netnsFlag, ...iptablesFlag }

export const adoptFlag = {
  adopt: Flags.boolean({
    description: 'take over what is described, exists already and is not ours',
  }),
}

interface NodeFlags {
  readonly netns?: string | undefined
  readonly iptables?: Backend | undefined
  readonly adopt?: boolean
}

interface TextFlags {
  readonly full?: boolean
  readonly verbose?: boolean
  readonly 'no-color': boolean
}

const fileColumns = 100

/** What every command shares: flags, output, and how a plan is come by. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print one JSON document', helpGroup: 'GLOBAL' }),
    'no-color': Flags.boolean({ description: 'no colours (NO_COLOR too)', helpGroup: 'GLOBAL' }),
  }

  /** Writes results; progress and diagnostics go to standard error. */
  protected print(text: string): void {
    process.stdout.write(text)
  }

  protected printJson(document: unknown): void {
    this.print(`${JSON.stringify(document, null, 2)}\n`)
  }

  protected tell(text: string): void {
    process.stderr.write(text)
  }

  protected styleOf(flags: { readonly 'no-color': boolean }): Style {
    return chooseStyle(process.stdout, process.env, flags['no-color'])
  }

  /** The exit code of a result that is no failure. */
  protected exitWith(code: ExitCode): void {
    process.exitCode = code
  }

  protected async load(flags: FileFlags, machine?: Machine): Promise<Loaded> {
    return this.tellWarnings(await load(flags, machine))
  }

  protected tellWarnings(loaded: Loaded): Loaded {
    this.tellDiagnostics(loaded.warnings, loaded.source.text)
    return loaded
  }

  protected tellDiagnostics(
    diagnostics: readonly Diagnostic[],
    textOf: (file: string) => string | undefined,
  ): void {
    if (diagnostics.length > 0) this.tell(`${formatDiagnostics(diagnostics, textOf)}\n`)
  }

  protected open(
    loaded: Loaded,
    { netns, iptables, adopt = false }: NodeFlags,
    answers?: Answers,
  ): Promise<Session> {
    if (netns === '') throw new Failure(exitCodes.usage, 'usage', '--netns needs a name')
    const { expansion, settle, source } = loaded
    const { nodeName } = source
    return openSession(expansion, { netns, iptables, adopt, settle, nodeName, answers })
  }

  /** The plan; a Failure (1) where the node does not allow one. */
  protected take(result: PlanResult, textOf: (file: string) => string | undefined): Plan {
    if (result.ok) {
      this.tellDiagnostics(result.warnings, textOf)
      return result.plan
    }
    const count = result.diagnostics.length
    const message = `no plan: ${String(count)} problem${count === 1 ? '' : 's'} with this node; nothing was changed`
    const { diagnostics } = result
    throw new Failure(exitCodes.error, 'no-plan', message, { diagnostics, textOf })
  }

  /** What a person calls the node. */
  protected nameOf({ netns }: { readonly netns?: string | undefined }): string {
    return netns ?? hostname()
  }

  /** Says what became of the last apply, where that is not over. */
  protected async tellOfJournal({ node, owner }: Session): Promise<void> {
    const warning = await warnOfJournal(node, owner.name)
    if (warning !== undefined) this.tell(`netplan: ${warning}\n`)
  }

  /** The text of a plan, as it is looked at and as it is kept. */
  protected planTexts(document: PlanDocument, flags: TextFlags): (isFile: boolean) => string {
    const { full = false, verbose = false } = flags
    return (isFile) =>
      isFile
        ? planText(document, { style: plain, full, verbose, width: fileColumns })
        : planText(document, { style: this.styleOf(flags), full, verbose, width: columns() })
  }

  protected document(plan: Plan, session: View): ReturnType<typeof planDocument> {
    return planDocument(plan, session.nodeName)
  }
}

/** What is hardly meant of a plan; nothing of one that is refused, for that says what is wrong. */
export const warningsOf = (result: PlanResult): readonly Diagnostic[] =>
  result.ok ? result.warnings : []

/** Columns of the terminal, or what fits a pull request. */
export const columns = (): number =>
  process.stdout.isTTY ? process.stdout.columns || fileColumns : fileColumns
