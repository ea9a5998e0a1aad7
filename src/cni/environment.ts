import { codes, CniError } from './errors.ts'
import { isName } from './names.ts'

const commands = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'] as const

type Command = (typeof commands)[number]

/** What a runtime says by the environment (CNI specification, section 2). */
export interface Environment {
  readonly command: Command
  readonly containerId: string
  /** The file of the pod's network namespace; '' where DEL is told of none. */
  readonly netns: string
  readonly ifname: string
  /** Folders where plugins are. */
  readonly path: readonly string[]
  /** `CNI_ARGS`, which are for whoever knows them. */
  readonly args: ReadonlyMap<string, string>
}

const required: Readonly<Record<Command, readonly string[]>> = {
  ADD: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  CHECK: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH'],
  GC: ['CNI_PATH'],
  STATUS: ['CNI_PATH'],
  VERSION: [],
}

const invalid = (message: string, details = ''): CniError =>
  new CniError(codes.invalidEnvironment, message, details)

const isCommand = (text: string): text is Command => (commands as readonly string[]).includes(text)

/** What a device may be called (dev_valid_name, net/core/dev.c); libcni refuses a colon too. */
const ifnames = /^(?!\.{1,2}$)[^\s/:\0]{1,15}$/

const argsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(';')
      .filter((pair) => pair !== '')
      .map((pair): [string, string] => {
        const at = pair.indexOf('=')
        if (at < 1) throw invalid(`CNI_ARGS: ${JSON.stringify(pair)} is no KEY=VALUE`)
        return [pair.slice(0, at), pair.slice(at + 1)]
      }),
  )

type Variables = Readonly<Record<string, string | undefined>>

const requireAll = (command: Command, env: Variables): void => {
  const missing = required[command].filter((name) => !env[name])
  if (missing.length > 0) throw invalid(`required env variables [${missing.join(',')}] missing`)
}

/**
 * What the environment says.
 *
 * @throws CniError (4) where something is missing, or not what it has to be
 */
export const readEnvironment = (env: Variables): Environment => {
  const command = env['CNI_COMMAND'] ?? ''
  if (!isCommand(command)) throw invalid(`unknown CNI_COMMAND: ${command}`)
  requireAll(command, env)
  const { CNI_CONTAINERID: containerId = '', CNI_NETNS: netns = '' } = env
  const { CNI_IFNAME: ifname = '', CNI_PATH: path = '', CNI_ARGS: args = '' } = env
  if (containerId !== '' && !isName(containerId))
    throw invalid('CNI_CONTAINERID has characters that it must not have', containerId)
  if (ifname !== '' && !ifnames.test(ifname))
    throw invalid('CNI_IFNAME is no name of a device', ifname)
  return {
    ...{ command, containerId, netns, ifname },
    path: path.split(':').filter((folder) => folder !== ''),
    args: argsOf(args),
  }
}
