import { createHash } from 'node:crypto'
import type { Answers } from './answers.ts'
import { startRecording } from './recording.ts'
import { StartError } from './run.ts'
import type { RecordedNamespace, RecordedOutput } from './snapshot.ts'
import { steadyOutput } from './steady.ts'

type AskedProgram = Pick<RecordedOutput, 'argv' | 'stdin'>

/** What was asked in a namespace. */
export interface Asked {
  readonly name: string
  /** The file to enter it by; null: it is the caller's own. */
  readonly path: string | null
  readonly programs: readonly AskedProgram[]
  /** As `net/ipv4/ip_forward`. */
  readonly sysctls: readonly string[]
}

/** What a node was asked, and what it said to that: enough to see whether it says the same again. */
export interface Testimony {
  /** The node first. */
  readonly asked: readonly Asked[]
  /** SHA-256 of all answers, without what changes by itself. */
  readonly digest: string
}

const askedIn = ({ name, path, outputs, sysctls }: RecordedNamespace): Asked => ({
  name,
  path,
  programs: outputs.map(({ argv, stdin }) => ({ argv, ...(stdin === undefined ? {} : { stdin }) })),
  sysctls: Object.keys(sysctls),
})

const steady = (output: RecordedOutput): RecordedOutput => {
  const { code, stdout } = output
  // An answer that is an error is not looked into.
  return code === 0 && stdout !== undefined
    ? { ...output, stdout: steadyOutput(output, stdout) }
    : output
}

/** What was said, and to what. */
export const testify = (namespaces: readonly RecordedNamespace[]): Testimony => {
  const hash = createHash('sha256')
  for (const { outputs, ...rest } of namespaces) {
    hash.update(JSON.stringify(rest))
    for (const { stdout = '', ...output } of outputs.map(steady))
      hash.update(JSON.stringify(output)).update(stdout).update('\0')
  }
  return { asked: namespaces.map(askedIn), digest: hash.digest('base64url') }
}

const ask = async (answers: Answers, { name, path, programs, sysctls }: Asked): Promise<void> => {
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

/** Asks the same once more: the digest of what is said now. */
export const askAgain = async (asked: readonly Asked[], answers: Answers): Promise<string> => {
  const recording = startRecording(answers)
  await Promise.all(asked.map((one) => ask(recording.answers, one)))
  const own = asked[0]?.path ?? undefined
  return testify(recording.namespaces(own)).digest
}
