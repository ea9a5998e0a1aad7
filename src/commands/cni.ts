import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { isName } from '../cni/names.ts'
import { BaseCommand, fileFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { conflistOf } from './cni-conflist.ts'
import type { Conflist } from './cni-conflist.ts'
import { placeFile, placeProgram, programName, removeFile, removeProgram } from './cni-files.ts'
import { removeNetwork } from './cni-network.ts'
import { exitCodes, Failure } from './failure.ts'
import { loadFor, loadShared, thisMachine } from './load.ts'

const versions = ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

/** What became of a file, as data. */
interface Done {
  readonly path: string
  readonly state: 'written' | 'unchanged' | 'removed' | 'absent' | 'kept'
}

/** `netplan cni` */
export class CniCommand extends BaseCommand {
  static override summary = 'Make this node’s container runtimes use netplan for their pods.'
  static override description =
    'install puts the plugin netplan-cni, and a network of this node’s part of the cluster, where container runtimes look for them; uninstall takes both away. Pods that are there keep their network.'
  static override examples = [
    '<%= config.bin %> cni install -f fleet.yaml',
    '<%= config.bin %> cni install -f fleet.yaml --name pods --cni-version 0.4.0',
    '<%= config.bin %> cni uninstall',
  ]
  static override args = {
    action: Args.string({
      required: true,
      options: ['install', 'uninstall'],
      description: 'what to do',
    }),
  }
  static override flags = {
    ...fileFlags,
    name: Flags.string({
      description: 'what the network is called',
      default: 'netplan',
      helpValue: 'NAME',
    }),
    'cni-version': Flags.option({
      options: versions,
      description: 'the version of the specification that the runtime speaks',
      default: '1.0.0',
    })(),
    'conf-dir': Flags.string({
      description: 'where runtimes look for networks',
      default: '/etc/cni/net.d',
      helpValue: 'PATH',
    }),
    'bin-dir': Flags.string({
      description: 'where runtimes look for plugins',
      default: '/opt/cni/bin',
      helpValue: 'PATH',
    }),
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(CniCommand)
    if (!isName(flags.name))
      throw new Failure(exitCodes.usage, 'usage', `${flags.name} is no name of a network`)
    const done = args.action === 'install' ? await this.install(flags) : await this.uninstall(flags)
    if (flags.json) this.printJson({ formatVersion: '1.0', action: args.action, files: done })
    else this.print(done.map(({ path, state }) => `${path}: ${state}\n`).join(''))
  }

  private async install(flags: Parsed<typeof CniCommand>): Promise<readonly Done[]> {
    const conflist = await this.describe(flags)
    const [program, file] = placesOf(flags)
    // The network comes last: a runtime that sees it calls the program.
    const placed = await placeProgram(this.config.root, flags['bin-dir'])
    const written = await placeFile(file, `${JSON.stringify(conflist, null, 2)}\n`)
    await this.warnOfOthers(flags['conf-dir'], file)
    return [
      { path: program, state: placed ? 'written' : 'unchanged' },
      { path: file, state: written ? 'written' : 'unchanged' },
    ]
  }

  private async describe(flags: Parsed<typeof CniCommand>): Promise<Conflist> {
    const files = await loadShared(flags)
    const { source } = this.tellWarnings(await loadFor(files, thisMachine(flags)))
    const { fleet } = files
    const node = fleet?.nodes.find(({ name }) => name === source.nodeName)
    if (!fleet || !node || node.podCIDRs.length === 0) {
      const message =
        'the configuration has no cluster that says which addresses are this node’s pods’'
      throw new Failure(exitCodes.invalid, 'invalid-configuration', message)
    }
    return conflistOf(fleet, node, source.config, {
      name: flags.name,
      cniVersion: flags['cni-version'],
    })
  }

  /** A runtime takes the first, by name. */
  private async warnOfOthers(folder: string, file: string): Promise<void> {
    const names = (await readdir(folder)).filter((name) => /\.(conf|conflist|json)$/.test(name))
    const [first = ''] = names.sort()
    if (join(folder, first) !== file)
      this.tell(`warning: runtimes that take the first network of ${folder} take ${first}\n`)
  }

  private async uninstall(flags: Parsed<typeof CniCommand>): Promise<readonly Done[]> {
    const [program, file] = placesOf(flags)
    const removed = await removeFile(file)
    const first: Done = { path: file, state: removed ? 'removed' : 'absent' }
    const left = await removeNetwork()
    if (left > 0) {
      const who =
        left === 1
          ? '1 pod is still attached and keeps its network'
          : `${String(left)} pods are still attached and keep their network`
      this.tell(`${who}; the program stays for the runtime to detach them by\n`)
      return [first, { path: program, state: 'kept' }]
    }
    const isGone = await removeProgram(flags['bin-dir'])
    return [first, { path: program, state: isGone ? 'removed' : 'absent' }]
  }
}

const placesOf = (flags: {
  readonly name: string
  readonly 'conf-dir': string
  readonly 'bin-dir': string
}): readonly [program: string, file: string] => [
  join(flags['bin-dir'], programName),
  join(flags['conf-dir'], `10-${flags.name}.conflist`),
]
