// A list of plugins, driven as libcni does it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { call } from './protocol.ts'
import type { Answered, Attachment, Command, Document, Runner } from './protocol.ts'

export interface PluginConfig extends Document {
  readonly type: string
  readonly capabilities?: Readonly<Record<string, boolean>>
}

/** A conflist. */
export interface Network {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly PluginConfig[]
}

/** Who speaks to plugins, as a runtime does. */
export interface Driver {
  /** Returns the result of the last plugin. */
  add(attachment: Attachment): Promise<Document>
  check(attachment: Attachment, result: Document): Promise<void>
  del(attachment: Attachment, result: Document | undefined): Promise<void>
}

/** Where plugins run, and where they are found. */
export interface Runtime {
  readonly runner: Runner
  readonly path: readonly string[]
}

/** A plugin refused; `answered` is its answer. */
export class Refused extends Error {
  readonly answered: Answered
  constructor(command: Command, type: string, answered: Answered) {
    super(`${command} by ${type}: exit ${answered.code}: ${answered.stdout}${answered.stderr}`)
    this.answered = answered
  }
}

const programOf = (type: string, path: readonly string[]): string => {
  const found = path.map((folder) => join(folder, type)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`no plugin ${type} in ${path.join(':')}`)
  return found
}

/** Of what the runtime offers, what the plugin says that it takes. */
const runtimeConfigOf = (
  plugin: PluginConfig,
  offered: Readonly<Record<string, unknown>> = {},
): Document => {
  const taken = Object.entries(offered).filter(([name]) => plugin.capabilities?.[name] === true)
  return taken.length === 0 ? {} : { runtimeConfig: Object.fromEntries(taken) }
}

interface Turn {
  readonly command: Command
  readonly network: Network
  readonly attachment?: Attachment | undefined
  /** What is given beside the configuration. */
  readonly extra?: Document
}

const callOne = async (runtime: Runtime, plugin: PluginConfig, turn: Turn): Promise<Answered> => {
  const { command, network, attachment, extra = {} } = turn
  const { cniVersion, name } = network
  const config = {
    ...plugin,
    ...{ cniVersion, name },
    ...runtimeConfigOf(plugin, attachment?.capabilities),
    ...extra,
  }
  const program = programOf(plugin.type, runtime.path)
  const what = { command, program, path: runtime.path, attachment }
  const answered = await call(runtime.runner, what, config)
  if (answered.code !== 0) throw new Refused(command, plugin.type, answered)
  return answered
}

const previous = (result: Document | undefined): Document =>
  result === undefined ? {} : { prevResult: result }

/** Speaks to them as libcni does, in our words. */
export const driveChain = (runtime: Runtime, network: Network): Driver => ({
  /** Every plugin in turn, each with the result of the one before. */
  add: async (attachment) => {
    let result: Document | undefined
    for (const plugin of network.plugins) {
      const turn: Turn = { command: 'ADD', network, attachment, extra: previous(result) }
      result = (await callOne(runtime, plugin, turn)).document
    }
    if (result === undefined) throw new Error(`ADD by ${network.name} brought no result`)
    return result
  },
  check: async (attachment, result) => {
    for (const plugin of network.plugins) {
      const turn: Turn = { command: 'CHECK', network, attachment, extra: previous(result) }
      await callOne(runtime, plugin, turn)
    }
  },
  /** The last one first. Before 0.4.0 they are not told the result. */
  del: async (attachment, result) => {
    const known = /^0\.[1-3]\./.test(network.cniVersion) ? undefined : result
    for (const plugin of network.plugins.toReversed()) {
      const turn: Turn = { command: 'DEL', network, attachment, extra: previous(known) }
      await callOne(runtime, plugin, turn)
    }
  },
})

/** Every plugin is told which attachments there are still. */
export const gc = async (
  runtime: Runtime,
  network: Network,
  valid: readonly Pick<Attachment, 'containerId' | 'ifname'>[],
): Promise<void> => {
  const left = valid.map(({ containerId: containerID, ifname }) => ({ containerID, ifname }))
  const extra = { 'cni.dev/valid-attachments': left }
  for (const plugin of network.plugins)
    await callOne(runtime, plugin, { command: 'GC', network, extra })
}

export const status = async (runtime: Runtime, network: Network): Promise<void> => {
  for (const plugin of network.plugins)
    await callOne(runtime, plugin, { command: 'STATUS', network })
}
