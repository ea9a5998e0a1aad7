import * as Flags from '@oclif/core/flags'
import type { Backend } from '../iptables/restore.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { exitCodes, Failure } from './failure.ts'
import { machineOf, recordedHost } from './host.ts'
import type { Host } from './host.ts'
import { loadSaved, parseVars } from './load.ts'
import type { FileFlags, Loaded, SavedFiles } from './load.ts'
import { textDigest } from './saved-plan.ts'
import type { Ingredients } from './saved-plan.ts'
import { openView } from './view.ts'
import type { View } from './view.ts'

export const outFlag = {
  out: Flags.string({
    description: 'save the plan, for apply FILE to carry out; - is standard output',
    helpValue: 'FILE',
    exclusive: ['fleet'],
  }),
}

/** What is planned for a node that there is not can never be carried out. */
export const requireGenuine = ({ redacted }: Snapshot, file: string): void => {
  if (redacted !== true) return
  const message = `${file} is redacted, and a plan for it can be looked at, but not applied: save one from a snapshot that is not`
  throw new Failure(exitCodes.error, 'snapshot-redacted', message)
}

/** On standard output, a saved plan is alone. */
export const requireRoom = (flags: {
  readonly out?: string | undefined
  readonly format: string
  readonly report?: readonly string[] | undefined
}): void => {
  if (flags.out !== '-') return
  const beside =
    flags.format === 'text' || flags.format === 'json'
      ? flags.report?.find((one) => one.endsWith('=-'))
      : `--format ${flags.format}`
  if (beside === undefined) return
  const message = `standard output is for one of --out - and ${beside.replace(/^(?!--)/, '--report ')}`
  throw new Failure(exitCodes.usage, 'usage', message)
}

const environmentReference = /\$\{env\.([A-Za-z_][A-Za-z0-9_-]*)\}/g

/** What of the environment files ask for. */
const environmentOf = (texts: readonly string[]): Readonly<Record<string, string>> => {
  const names = texts.flatMap((text) =>
    [...text.matchAll(environmentReference)].map(([, name = '']) => name),
  )
  return Object.fromEntries(
    [...new Set(names)].sort().flatMap((name) => {
      const value = Object.hasOwn(process.env, name) ? process.env[name] : undefined
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** The files of a configuration, with all that was taken from elsewhere. */
const filesOf = ({ source }: Loaded, { var: vars = [] }: FileFlags): SavedFiles => {
  const files = source.files.map((name) => {
    const text = source.text(name) ?? ''
    return { name, digest: textDigest(text), text }
  })
  return { files, vars: parseVars(vars), env: environmentOf(files.map(({ text }) => text)) }
}

interface Options extends FileFlags {
  readonly adopt?: boolean
  readonly iptables?: Backend | undefined
}

export const ingredientsOf = (loaded: Loaded, snapshot: Snapshot, flags: Options): Ingredients => {
  const { adopt = false, iptables = null, node = null } = flags
  return { options: { adopt, iptables, node }, configuration: filesOf(loaded, flags), snapshot }
}

/** What a plan is made from, looked at as a node. */
export const viewOf = ({ options }: Ingredients, host: Host, loaded: Loaded): View => {
  const { adopt, iptables } = options
  const { expansion, settle, source } = loaded
  const { nodeName } = source
  return openView(host, expansion, { adopt, iptables: iptables ?? undefined, settle, nodeName })
}

/** A configuration, and the node that it is planned for. */
interface Remade {
  readonly loaded: Loaded
  readonly view: View
}

/**
 * Makes the view that a plan came from once more.
 *
 * @param file what a person calls the snapshot
 */
export const remake = async (ingredients: Ingredients, file: string): Promise<Remade> => {
  const { options, configuration, snapshot } = ingredients
  const host = recordedHost(snapshot, file)
  const machine = machineOf(snapshot, host, options.node ?? undefined)
  const loaded = await loadSaved(configuration, machine)
  return { loaded, view: viewOf(ingredients, host, loaded) }
}
