import { createHash } from 'node:crypto'
import type { Answers } from './answers.ts'
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
}

const steady = (output: RecordedOutput): RecordedOutput => {
  const { code, stdout } = output
  // An answer that is an error is not looked into.
  return code === 0 && stdout !== undefined
    ? { ...output, stdout: steadyOutput(output, stdout) }
    : output
}

const digestOf = ({ outputs, ...rest }: RecordedNamespace): string => {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for (const { stdout = '', ...output } of outputs.map(steady))
    hash.update(JSON.stringify(output)).update(stdout).update('\0')
  return hash.digest('base64url')
}

/** What was said in a namespace, and to what. */
export const testify = (recorded: RecordedNamespace): Testimony => {
  const { name, path, outputs, sysctls } = recorded
  const programs = outputs.map(({ argv, stdin }) => ({
    argv,
    ...(stdin === undefined ? {} : { stdin }),
  }))
  return { name, path, programs, sysctls: Object.keys(sysctls), digest: digestOf(recorded) }
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

/** Asks the same once more, all at once, and whether the same is said. */
export const saysTheSame = async (
  testimonies: readonly Testimony[],
  answers: Answers,
): Promise<boolean> => {
  const recording = startRecording(answers)
  await Promise.all(testimonies.map((one) => ask(recording.answers, one)))
  const own = testimonies.find(({ name }) => name === '')?.path ?? undefined
  const digests = new Map(recording.namespaces(own).map((one) => [one.name, digestOf(one)]))
  return testimonies.every(({ name, digest }) => digests.get(name) === digest)
}
