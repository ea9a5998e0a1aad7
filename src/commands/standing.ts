import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FileText } from '../config/load.ts'
import type { Answers } from '../kernel/answers.ts'
import { readdir, statNanoseconds } from '../kernel/files.ts'
import { liveAnswers } from '../kernel/live.ts'
import { openNode } from '../kernel/namespaces.ts'
import { standingSuffix as suffix } from '../kernel/records.ts'
import { findStateDirectory, lockFile } from '../kernel/state.ts'
import { readSafely, writeAtomically } from '../kernel/state-files.ts'
import { saysTheSame, testify } from '../kernel/testimony.ts'
import type { Testimony } from '../kernel/testimony.ts'
import type { RecordedNamespace } from '../kernel/snapshot.ts'
import { steadyFlows } from './known-flows.ts'
import type { KnownFlows } from './known-flows.ts'

/** What a plan is made from, beside the node. */
interface Inputs {
  readonly version: string
  readonly texts: readonly FileText[]
  readonly vars: readonly string[]
  readonly node: string | undefined
  readonly netns: string | undefined
  readonly iptables: string | undefined
  readonly adopt: boolean
}

/** What of a command's flags a plan is made from; oclif leaves out what is not given. */
export interface InputFlags {
  readonly var?: readonly string[] | undefined
  readonly node?: string | undefined
  readonly netns?: string | undefined
  readonly iptables?: string | undefined
  readonly adopt?: boolean | undefined
}

export const inputsOf = (
  version: string,
  texts: readonly FileText[],
  { var: vars = [], node, netns, iptables, adopt = false }: InputFlags,
): Inputs => ({ version, texts, vars, node, netns, iptables, adopt })

/** That a node was as described: it still is where the same inputs meet the same answers. */
interface Standing {
  readonly key: string
  /** What was asked, and answered: the node first. */
  readonly said: readonly Testimony[]
  readonly flows: KnownFlows
  /** The files of the node's folder: notes and journals. */
  readonly notes: readonly string[]
}

/**
 * Which program this is: its files have their digests in their names. From source there are none of these, and with
 * each process it may be another one.
 */
const programIdentity = (): readonly unknown[] => {
  const folder = import.meta.dirname
  const files = readdirSync(folder).filter((name) => name.endsWith('.cjs'))
  return files.length > 0
    ? files.map((name) => [name, statSync(join(folder, name)).mtimeMs])
    : [performance.timeOrigin]
}

/** What files read of the environment. */
const environmentOf = (texts: readonly FileText[]): readonly unknown[] =>
  texts.flatMap(({ text }) =>
    [...text.matchAll(/\$\{env\.([A-Za-z_][A-Za-z0-9_-]*)/g)].map(([, name = '']) => [
      name,
      process.env[name],
    ]),
  )

/** One for all inputs that lead to the same wishes, and to the same questions. */
const keyOf = ({ texts, ...inputs }: Inputs): string => {
  const hash = createHash('sha256')
  const { NODE_NAME: name, PATH: path } = process.env
  const surroundings = [hostname(), name, path, process.geteuid?.()]
  hash.update(JSON.stringify([inputs, surroundings, environmentOf(texts), programIdentity()]))
  for (const { name: file, text } of texts) hash.update(`\0${file}\0`).update(text)
  return hash.digest('base64url')
}

/** Files that are written whenever somebody looks say nothing. */
const saysNothing = (name: string): boolean => name === lockFile || name.includes(suffix)

/** Files as they are: each is written anew, or longer, where something happens. */
const describeNotes = async (folder: string): Promise<readonly string[]> => {
  const names = (await readdir(folder)).filter((name) => !saysNothing(name)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const { ino, size, mtimeNs } = await statNanoseconds(join(folder, name))
      return `${name} ${String(ino)} ${String(size)} ${String(mtimeNs)}`
    }),
  )
}

const parse = (text: string): Standing | undefined => {
  try {
    return JSON.parse(text) as Standing
  } catch {
    return undefined
  }
}

const readStandings = async (folder: string): Promise<readonly Standing[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix))
  const texts = await Promise.all(names.map((name) => readSafely(join(folder, name))))
  return texts.flatMap((text = '') => parse(text) ?? [])
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index])

/** Whether it is known that nothing is to be done: the same was asked, and answered, when nothing was. */
export const stillStands = async (
  inputs: Inputs,
  isQuiet?: (nsid: number) => boolean,
  answers: Answers = liveAnswers,
): Promise<boolean> => {
  const folder = await findStateDirectory(await openNode(inputs.netns))
  if (folder === undefined) return false
  const key = keyOf(inputs)
  const found = (await readStandings(folder)).find((one) => one.key === key)
  if (!found || !isSame(found.notes, await describeNotes(folder))) return false
  return saysTheSame(found.said, answers, { steady: steadyFlows(found.flows), isQuiet })
}

/** What an empty plan was made from. */
interface Known {
  readonly inputs: Inputs
  readonly recorded: readonly RecordedNamespace[]
  readonly flows: KnownFlows
}

/**
 * Keeps that nothing is to be done. No folder of notes is made for it: where there is none, nobody has ever applied
 * anything.
 */
export const keepStanding = async (
  folder: string,
  owner: string,
  { inputs, recorded, flows }: Known,
): Promise<void> => {
  const path = join(folder, `${owner}${suffix}`)
  const said = testify(recorded, steadyFlows(flows))
  const notes = await describeNotes(folder)
  const document: Standing = { key: keyOf(inputs), said, flows, notes }
  const text = `${JSON.stringify(document)}\n`
  if ((await readSafely(path)) !== text) await writeAtomically(path, text)
}
