import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../kernel/run.ts'
import type { Outcome } from '../kernel/run.ts'
import type { Writer } from '../kernel/writer.ts'
import type { ScheduledStep } from '../plan/plan.ts'
import type { Batch } from './batch.ts'
import { makeBatches } from './batch.ts'

/** A step that the kernel, or a program, refused. */
export interface Failure {
  readonly identity: string
  readonly step: ScheduledStep['step']
  /** In the program's own words. */
  readonly message: string
  /** Why: the program could not be started, or the caller may not do this; undefined: refused. */
  readonly cause?: StartError | 'permission'
}

export interface Execution {
  /** How many steps were done, from the first on. */
  readonly done: number
  readonly failure: Failure | undefined
  /** Which step was refused, from 0: of edits of rules not always the one behind those that are done. */
  readonly refused?: number
  /** It was told to stop before the last step. */
  readonly stopped?: boolean
}

export interface Execute {
  readonly writer: Writer
  /** The file to enter a namespace by; undefined is the caller's own. */
  netnsOf(namespace: string): string | undefined
  onProgress?(done: number, total: number): void
  /** Called before steps are taken that follow so many others. */
  beforeSteps?(done: number): Promise<void>
  /** Stops behind the steps that are being taken. */
  readonly stop?: AbortSignal | undefined
}

const retryAfter = 100

/** `ip -batch` and `bridge -batch` name the line that failed; so does iptables-restore, in several ways (N-77). */
const failedLine = (stderr: string): number | undefined => {
  const line = /^Command failed -:(\d+)$/m.exec(stderr) ?? /\bline:? (\d+)/.exec(stderr)
  return line?.[1] === undefined ? undefined : Number(line[1])
}

const clean = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Command failed'))
    .map((line) => line.replace(/^(RTNETLINK answers|Error): /, ''))
    .join('; ')

const notPermitted = /Operation not permitted|Permission denied/

const failureAt = ({ identity, step }: ScheduledStep, { code, stderr }: Outcome): Failure => ({
  identity,
  step,
  message: clean(stderr) || `exit code ${code}`,
  ...(notPermitted.test(stderr) ? { cause: 'permission' } : {}),
})

/** A program that cannot be started is a failure of its first step. */
const start = async (
  batch: Batch,
  from: number,
  { writer, netnsOf }: Execute,
): Promise<Outcome | StartError> => {
  try {
    return await writer.run({ ...batch.command(from), netns: netnsOf(batch.namespace) })
  } catch (error) {
    if (error instanceof StartError) return error
    throw error
  }
}

/** How the kernel says of the several objects that there is none. */
const absent =
  /Cannot find device|No such (process|device|file or directory)|Cannot assign requested|\b0 flow entries/

/** Where to go on after a refusal: at the next step, at this one after a while, or not at all. */
type Verdict = 'skip' | 'retry' | 'fail'

const judge = ({ step }: ScheduledStep, { stderr }: Outcome, waited: number): Verdict => {
  if (step.mayBeGone === true && absent.test(stderr)) return 'skip'
  return waited < (step.patience ?? 0) ? 'retry' : 'fail'
}

/**
 * Runs a batch, from the first step that is still to do, until all are done or one is refused.
 *
 * @param first how it ended, where it was run already
 */
const runBatch = async (batch: Batch, options: Execute, first?: Outcome): Promise<Execution> => {
  let from = 0
  let waited = 0
  let given = first
  while (from < batch.steps.length) {
    const outcome = given ?? (await start(batch, from, options))
    given = undefined
    if (outcome instanceof StartError) return unstarted(batch, from, outcome)
    if (outcome.code === 0) break
    const line = failedLine(outcome.stderr)
    const offset = line === undefined ? 0 : batch.stepAtLine(line)
    const failed = stepAt(batch, from + offset)
    if (batch.doneAtLine) {
      const done = batch.doneAtLine(line ?? 0)
      return { done, failure: failureAt(failed, outcome), refused: from + offset }
    }
    if (offset > 0) waited = 0
    from += offset
    const verdict = judge(failed, outcome, waited)
    if (verdict === 'fail') return { done: from, failure: failureAt(failed, outcome) }
    if (verdict === 'skip') {
      from += 1
      continue
    }
    waited += retryAfter
    await sleep(retryAfter)
  }
  return { done: batch.steps.length, failure: undefined }
}

const stepAt = ({ steps }: Batch, index: number): ScheduledStep => {
  const found = steps[index]
  if (!found) throw new Error('bug: a batch that failed behind its end')
  return found
}

const unstarted = (batch: Batch, from: number, cause: StartError): Execution => ({
  done: from,
  failure: { ...stepAt(batch, from), message: cause.message, cause },
})

/** Where so many are refused, something is wrong that the rest would meet as well. */
const mostFailures = 100

/**
 * Takes as many of the steps as can be taken: behind one that is refused it goes on, for the way back is
 * better gone in part than not at all.
 */
export const executeAll = async (
  steps: readonly ScheduledStep[],
  options: Execute,
): Promise<readonly Failure[]> => {
  const failures: Failure[] = []
  let rest = steps
  while (rest.length > 0 && failures.length < mostFailures) {
    const { done, failure, refused = done } = await executeSteps(rest, options)
    if (!failure) break
    failures.push(failure)
    rest = rest.filter((_, index) => index >= done && index !== refused)
  }
  return failures
}

/** So many batches are run without our looking: when all is well, some tenths of a second. */
const mostTogether = 64

/** The batches from one on that a process beside ours can run one after the other; one, if it cannot. */
const togetherFrom = (batches: readonly Batch[], at: number): readonly Batch[] => {
  const next = batches.slice(at, at + mostTogether)
  const long = next.findIndex(({ isShort }) => isShort !== true)
  return long < 0 ? next : next.slice(0, Math.max(long, 1))
}

/** Runs batches up to one that is refused: how each ended that was begun. */
const runTogether = async (
  batches: readonly Batch[],
  options: Execute,
): Promise<readonly Execution[]> => {
  const [first] = batches
  if (!first) return []
  if (batches.length === 1) return [await runBatch(first, options)]
  const commands = batches.map((batch) => ({
    ...batch.command(0),
    netns: options.netnsOf(batch.namespace),
  }))
  const outcomes = await options.writer.runInTurn(commands)
  const executions: Execution[] = []
  for (const [index, outcome] of outcomes.entries()) {
    const batch = batches[index]
    if (batch) executions.push(await runBatch(batch, options, outcome))
  }
  return executions
}

/** Takes the steps in their order, and stops at the first that is refused. */
export const executeSteps = async (
  steps: readonly ScheduledStep[],
  options: Execute,
): Promise<Execution> => {
  const batches = makeBatches(steps)
  let done = 0
  for (let at = 0; at < batches.length;) {
    if (options.stop?.aborted === true) return { done, failure: undefined, stopped: true }
    await options.beforeSteps?.(done)
    const executions = await runTogether(togetherFrom(batches, at), options)
    for (const result of executions) {
      const { failure, refused = result.done } = result
      if (failure) return { done: done + result.done, failure, refused: done + refused }
      done += result.done
    }
    at += executions.length
    options.onProgress?.(done, steps.length)
  }
  return { done, failure: undefined }
}
