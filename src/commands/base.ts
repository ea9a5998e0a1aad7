import { Command } from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import type { Interfaces } from '@oclif/core'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Machine } from '../config/cluster/identify.ts'
import { formatDiagnostics } from '../config/frame.ts'
import { chooseStyle } from '../present/style.ts'
import type { Style } from '../present/style.ts'
import type { ExitCode } from './failure.ts'
import { load } from './load.ts'
import type { FileFlags, Loaded } from './load.ts'

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

/** What fits a pull request. */
export const fileColumns = 100

/** What every command shares: flags, output, and how files are read. */
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
}

/** Columns of the terminal, or what fits a pull request. */
export const columns = (): number =>
  process.stdout.isTTY ? process.stdout.columns || fileColumns : fileColumns
