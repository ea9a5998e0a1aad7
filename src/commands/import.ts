import { writeFile } from 'node:fs/promises'
import * as Flags from '@oclif/core/flags'
import type { Draft } from '../import/draft.ts'
import { escapeControls } from '../net/controls.ts'
import { iptablesFlag, netnsFlag } from './base.ts'
import type { Parsed } from './base.ts'
import { NodeCommand } from './node-command.ts'
import { checkOwner, describeHost } from './describing.ts'
import { exitCodes, Failure } from './failure.ts'
import { openHost, recordedHost } from './host.ts'
import type { Host } from './host.ts'
import { settleDraft } from './importing.ts'
import { reasonOf } from './document-files.ts'
import { readSnapshot, stateFlag } from './snapshots.ts'

type ImportFlags = Parsed<typeof ImportCommand>

const refuseServices = (owner: string): Failure => {
  const message =
    `${owner} has services on this node, which cannot be read back from their chains, and a file ` +
    'without them would delete them: keep the file that they are from, and import what it does not ' +
    'have for another owner, with --owner NAME'
  return new Failure(exitCodes.error, 'services', message)
}

/** `netplan import` */
export class ImportCommand extends NodeCommand {
  static override summary = 'Print a configuration for what this node has.'
  static override description = 'Changes nothing, and neither does apply --adopt of it.'
  static override examples = [
    '<%= config.bin %> import -o netplan.yaml',
    '<%= config.bin %> import --state node-1.json --owner edge',
  ]
  static override flags = {
    ...netnsFlag,
    ...iptablesFlag,
    ...stateFlag,
    owner: Flags.string({
      description: 'whose file it is to be',
      default: 'netplan',
      helpValue: 'NAME',
    }),
    all: Flags.boolean({ description: 'routes and rules of routing daemons, too' }),
    output: Flags.string({
      char: 'o',
      description: 'write it to a file that is not there yet; default -, standard output',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ImportCommand)
    const owner = checkOwner(flags.owner)
    const snapshot = flags.state === undefined ? undefined : await readSnapshot(flags.state)
    const host: Host = snapshot
      ? recordedHost(snapshot, flags.state ?? '')
      : await openHost(flags.netns)
    const { iptables, all: daemons } = flags
    const isNamed = flags.netns !== undefined
    const draft = await describeHost({
      host,
      isNamed,
      snapshot,
      owner,
      scope: 'take',
      daemons,
      iptables,
    })
    if (draft.lacksServices) throw refuseServices(owner)
    const head = `What node ${host.name} has. "netplan apply --adopt" of it changes nothing but whose it is.`
    const settled = await settleDraft(draft, head, { host, iptables })
    for (const one of settled.unsettled) this.tell(`netplan: not settled: ${escapeControls(one)}\n`)
    await this.give(settled.text, settled.draft, host.name, flags)
    if (settled.unsettled.length > 0) this.exitWith(exitCodes.error)
  }

  private async give(text: string, draft: Draft, node: string, flags: ImportFlags): Promise<void> {
    const { config, omissions } = draft
    const output = flags.output === '-' ? undefined : flags.output
    if (output !== undefined) await this.write(output, text)
    if (flags.json) {
      const left = output === undefined ? { configuration: config } : { file: output }
      this.printJson({ formatVersion: '1.0', node, owner: flags.owner, ...left, omissions })
    } else if (output === undefined) this.print(text)
    else this.print(`Configuration of node ${escapeControls(node)}: ${escapeControls(output)}\n`)
  }

  /** Nobody's file is lost for it. */
  private async write(file: string, text: string): Promise<void> {
    try {
      await writeFile(file, text, { flag: 'wx' })
    } catch (error) {
      const message = `cannot write ${file}: ${reasonOf(error)}`
      throw new Failure(exitCodes.error, 'output', message)
    }
  }
}
