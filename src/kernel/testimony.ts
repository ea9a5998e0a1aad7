import { createHash } from 'node:crypto'
import { netnsDirectory } from '../net/namespaces.ts'
import type { Answers } from './answers.ts'
import type { NamespaceId } from './ip.ts'
import { startRecording } from './recording.ts'
import { StartError } from './run.ts'
import type { RecordedNamespace, RecordedOutput } from './snapshot.ts'
import { steadyOutput } from './steady.ts'

type AskedProgram = Pick<RecordedOutput, 'argv' | 'stdin'>

/** What was asked in a namespace, and in a digest what it said to that: enough to see whether it says the same again. */
export interface Testimony {
  /** As in the configuration; '' is the node itself. */
  readonly name: string
  /** The file to enter it by; null: it is the caller's own. */
  readonly path: string | null
  readonly programs: readonly AskedProgram[]
  /** As `net/ipv4/ip_forward`. */
  readonly sysctls: readonly string[]
  /** SHA-256 of all answers, without what changes by itself. */
  readonly digest: string
  /** As the kernel calls the namespace in the node's own, where all that was asked in it is what a monitor hears of. */
  readonly nsid?: number
  /** When the kernel made the namespace, and its number. */
  readonly file: string
}

/** An answer without what changes by itself. */
export type Steady = (output: RecordedOutput) => RecordedOutput

const steadyAnswer: Steady = (output) => {
  const { code, stdout } = output
  // An answer that is an error is not looked into. Of another nobody reads what it complains of: `ip` does where somebody is
  // making a namespace at the time.
  return code === 0 && stdout !== undefined
    ? { ...output, stdout: steadyOutput(output, stdout), stderr: '' }
    : output
}

const digestOf = ({ outputs, ...rest }: RecordedNamespace, steady: Steady): string => {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for (const { stdout = '', ...output } of outputs.map((output) => steadyAnswer(steady(output))))
    hash.update(JSON.stringify(output)).update(stdout).update('\0')
  return hash.digest('base64url')
}

const fileOf = ({ inode, born }: Pick<RecordedNamespace, 'inode' | 'born'>): string =>
  `${String(inode)} ${String(born)}`

/** Neighbours that somebody made, of which a monitor hears too much to listen. */
const hasNeighbors = ({ argv, stdin = '', stdout = '' }: RecordedOutput): boolean =>
  ['neigh show', 'neigh show proxy'].some((question) => {
    const line = stdin.trimEnd().split('\n').indexOf(question)
    const said = line < 0 ? '[]' : steadyOutput({ argv, stdin }, stdout).split('\n')[line]
    return said !== '[]' && said !== '[ ]'
  })

/** Whether a monitor of links, addresses, routes and rules hears of all that was said. */
const isAudible = ({ outputs, sysctls }: RecordedNamespace): boolean =>
  Object.keys(sysctls).length === 0 &&
  outputs.every((output) => output.argv[0] === 'ip' && !hasNeighbors(output))

/** What was said in a namespace, and to what. */
const testifyOne = (
  recorded: RecordedNamespace,
  nsid: number | undefined,
  steady: Steady,
): Testimony => {
  const { name, path, outputs, sysctls } = recorded
  const programs = outputs.map(({ argv, stdin }) => ({
    argv,
    ...(stdin === undefined ? {} : { stdin }),
  }))
  const heard = nsid !== undefined && isAudible(recorded) ? { nsid } : {}
  const digest = digestOf(recorded, steady)
  return {
    ...{ name, path, programs, sysctls: Object.keys(sysctls), digest },
    ...{ ...heard, file: fileOf(recorded) },
  }
}

/** Numbers of namespaces, by their files, as the node has them. */
const idsOf = (node: RecordedNamespace | undefined): ReadonlyMap<string, number> =>
  new Map(
    (node?.outputs ?? []).flatMap(({ stdin = '', stdout = '' }) => {
      const line = stdin.trimEnd().split('\n').indexOf('netns list-id')
      const said = line < 0 ? undefined : stdout.split('\n')[line]
      const ids = JSON.parse(said ?? '[]') as readonly NamespaceId[]
      return ids.flatMap(({ nsid, name }): readonly (readonly [string, number])[] =>
        name === undefined ? [] : [[`${netnsDirectory}/${name}`, nsid]],
      )
    }),
  )

const asIs: Steady = (output) => output

/**
 * What was said in each namespace, and to what: the node's own comes first.
 *
 * @param steady leaves out what no plan of these wishes is about
 */
export const testify = (
  recorded: readonly RecordedNamespace[],
  steady: Steady = asIs,
): readonly Testimony[] => {
  const ids = idsOf(recorded[0])
  const idOf = ({ path }: RecordedNamespace): number | undefined =>
    path === null ? undefined : ids.get(path)
  return recorded.map((one) => testifyOne(one, idOf(one), steady))
}

const ask = async (
  answers: Answers,
  { name, path, programs, sysctls }: Testimony,
): Promise<void> => {
  const netns = path ?? undefined
  const run = async (program: AskedProgram): Promise<void> => {
    try {
      await answers.run({ ...program, netns })
    } catch (error) {
      // That there is none is an answer too.
      if (!(error instanceof StartError)) throw error
    }
  }
  await Promise.all([
    ...(name === '' ? [] : [answers.namespaceFile({ name, path: path ?? '' })]),
    ...programs.map(run),
    ...(sysctls.length === 0 ? [] : [answers.sysctls(netns, sysctls)]),
  ])
}

/** Whether a namespace is the one it was. */
const isSame = async (
  { name, path, file }: Testimony,
  { namespaceFile }: Answers,
): Promise<boolean> => {
  const found = await namespaceFile({ name, path: path ?? '' })
  return found !== undefined && !found.stale && fileOf(found) === file
}

interface Asking {
  /** As it was testified with. */
  readonly steady?: Steady | undefined
  /** Whether nothing was heard of a namespace since it said that: then it is only asked whether it is the same one. */
  readonly isQuiet?: ((nsid: number) => boolean) | undefined
}

/** Asks the same once more, all at once, and whether the same is said. */
export const saysTheSame = async (
  all: readonly Testimony[],
  answers: Answers,
  { steady = asIs, isQuiet = () => false }: Asking = {},
): Promise<boolean> => {
  const isSpared = ({ nsid }: Testimony): boolean => nsid !== undefined && isQuiet(nsid)
  const [spared, asked] = [all.filter(isSpared), all.filter((one) => !isSpared(one))]
  const recording = startRecording(answers)
  const [same] = await Promise.all([
    Promise.all(spared.map((one) => isSame(one, answers))),
    ...asked.map((one) => ask(recording.answers, one)),
  ])
  const own = all.find(({ name }) => name === '')?.path ?? undefined
  const digests = new Map(recording.namespaces(own).map((one) => [one.name, digestOf(one, steady)]))
  return !same.includes(false) && asked.every(({ name, digest }) => digests.get(name) === digest)
}
