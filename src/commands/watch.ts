import * as Errors from '@oclif/core/errors'
import * as Flags from '@oclif/core/flags'
import { DEFAULT_FILE } from '../config/files.ts'
import { adoptFlag, BaseCommand, nodeFlags } from './base.ts'
import { logLevels } from '../watch/log-levels.ts'
import { durationFlag } from './duration.ts'
import { exitCodes, Failure } from './failure.ts'

/** `127.0.0.1:9476`, `[::1]:9476`, `:9476` (of all addresses). */
const parseListen = (text: string): { host: string; port: number } | undefined => {
  const [, host = '', port = ''] = /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65535) return undefined
  return { host: host.replaceAll(/[[\]]/g, '') || '::', port: Number(port) }
}

const listenFlag = Flags.custom<{ host: string; port: number } | 'none'>({
  helpValue: 'ADDRESS:PORT',
  parse: (text) => {
    const found = text === 'none' ? text : parseListen(text)
    if (found !== undefined) return Promise.resolve(found)
    const message = `${JSON.stringify(text)} is no address to listen at: say 127.0.0.1:9476, or none`
    return Promise.reject(new Errors.CLIError(message))
  },
})

/** `netplan watch` */
export class WatchCommand extends BaseCommand {
  static override summary = 'Keep the node as described: apply what changes, mend what drifts.'
  static override description =
    'Looks at the node when the source or the node says something, and now and then. Where the source is away, empty or wrong, the last good configuration stays. Ends with SIGTERM, and leaves the network as it is.'
  static override examples = [
    '<%= config.bin %> watch -f netplan.yaml',
    '<%= config.bin %> watch --dry-run --metrics-file /var/lib/node_exporter/np.prom',
  ]
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    source: Flags.string({
      description:
        'where configuration comes from, beside the files of -f; default these alone; etcd://HOST/PREFIX/, flannel+etcd://HOST/PREFIX, kubernetes[:KUBECONFIG]',
      helpValue: 'SOURCE',
    }),
    resync: durationFlag({
      description: 'how often the node is looked at though nothing happened',
      default: 30,
      least: 1,
    }),
    once: Flags.boolean({ description: 'look once, do what is to be done, and end' }),
    'dry-run': Flags.boolean({ description: 'change nothing, and report what differs' }),
    'max-delete': Flags.string({
      description: 'hold a plan back that deletes or replaces more of what is there',
      default: '25%',
      helpValue: 'N|PERCENT',
    }),
    'allow-lockout': Flags.boolean({
      description: 'go ahead although the way to this node may be lost',
    }),
    listen: listenFlag({
      description: 'where /healthz, /readyz and /metrics are; none: nowhere',
      default: { host: '127.0.0.1', port: 9476 },
      defaultHelp: () => Promise.resolve('127.0.0.1:9476'),
    }),
    'metrics-file': Flags.string({
      description:
        'write the metrics into this file, too: for the textfile collector of node_exporter',
      helpValue: 'FILE',
    }),
    'state-dir': Flags.string({
      description: 'where the last good configuration is kept',
      default: '/var/lib/nodeplan',
      env: 'STATE_DIRECTORY',
      helpValue: 'DIR',
    }),
    'log-level': Flags.option({
      options: logLevels,
      default: 'info' as const,
      description: 'what to log, as lines of JSON on standard error',
    })(),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(WatchCommand)
    const { source, file = [] } = flags
    if (file.includes('-')) {
      const message = '-f - cannot be watched: name files or folders'
      throw new Failure(exitCodes.usage, 'usage', message)
    }
    const isRemote = source !== undefined && source !== 'file'
    const files = file.length > 0 || isRemote ? file : [DEFAULT_FILE]
    const { watch } = await import('./watching.ts')
    this.exitWith(await watch({ ...flags, file: files }, this.config.version))
  }
}
