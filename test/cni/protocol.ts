// How a runtime and a plugin speak to each other, by the specification: variables and standard input
// one way, an exit code and a document on standard output the other.
import type { ExecOptions } from './machine.ts'
import type { Ended } from '../run.ts'

export type Command = 'ADD' | 'DEL' | 'CHECK' | 'GC' | 'STATUS' | 'VERSION'

/** A container's end of a network. */
export interface Attachment {
  readonly containerId: string
  /** A path; undefined where the namespace is gone. */
  readonly netns: string | undefined
  readonly ifname: string
  /** CNI_ARGS. */
  readonly args?: string
  /** What the runtime offers by capability: `portMappings` and the like. */
  readonly capabilities?: Readonly<Record<string, unknown>>
}

export type Document = Readonly<Record<string, unknown>>

/** What a plugin answered. */
export interface Answered extends Ended {
  /** Its document; undefined where it printed none. */
  readonly document: Document | undefined
}

export interface Call {
  readonly command: Command
  /** The plugin's file. */
  readonly program: string
  /** CNI_PATH: where plugins find others. */
  readonly path: readonly string[]
  /** Undefined: for commands that are about none. */
  readonly attachment?: Attachment | undefined
}

/** The variables of a call. */
const variablesOf = ({
  command,
  path,
  attachment,
}: Pick<Call, 'command' | 'path' | 'attachment'>): Readonly<
  Record<string, string | undefined>
> => ({
  CNI_COMMAND: command,
  CNI_PATH: path.join(':'),
  CNI_CONTAINERID: attachment?.containerId,
  CNI_NETNS: attachment?.netns,
  CNI_IFNAME: attachment?.ifname,
  CNI_ARGS: attachment?.args,
})

/** Where programs run. */
export interface Runner {
  exec(argv: readonly string[], options?: ExecOptions): Promise<Ended>
}

const documentOf = (text: string): Document | undefined =>
  text.trim() === '' ? undefined : (JSON.parse(text) as Document)

/** Calls a plugin once. What it refuses is an answer; what is no JSON is an exception. */
export const call = async (runner: Runner, what: Call, config: unknown): Promise<Answered> => {
  const input = typeof config === 'string' ? config : JSON.stringify(config)
  const ended = await runner.exec([what.program], { env: variablesOf(what), input })
  try {
    return { ...ended, document: documentOf(ended.stdout) }
  } catch {
    const { code, stdout, stderr } = ended
    throw new Error(`${what.command} of ${what.program}: exit ${code}\n${stdout}\n${stderr}`)
  }
}
