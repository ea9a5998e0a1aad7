import { setTimeout as sleep } from 'node:timers/promises'
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
}

export interface Execution {
  /** How many steps were done, from the first on. */
  readonly done: number
  readonly failure: Failure | undefined
}

export interface Execute {
  readonly writer: Writer
  /** The file to enter a namespace by; undefined is the caller's own. */
  netnsOf(namespace: string): string | undefined
  onProgress?(done: number, total: number): void
}

const retryAfter = 100

/** `ip -batch` and `bridge -batch` name the line that failed. */
const failedLine = (stderr: string): number => {
  const line = /^Command failed -:(\d+)$/m.exec(stderr)?.[1]
  return line === undefined ? 0 : Number(line) - 1
}

const clean = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Command failed'))
    .map((line) => line.replace(/^(RTNETLINK answers|Error): /, ''))
    .join('; ')

/** Runs a batch; where a step may be refused for a while, it goes on from there until it is taken. */
const runBatch = async (batch: Batch, { writer, netnsOf }: Execute): Promise<Execution> => {
  let from = 0
  let waited = 0
  for (;;) {
    const { code, stderr } = await writer.run({
      ...batch.command(from),
      netns: netnsOf(batch.namespace),
    })
    if (code === 0) return { done: batch.steps.length, failure: undefined }
    const at = from + failedLine(stderr)
    if (at > from) waited = 0
    from = at
    const failed = batch.steps[from] ?? batch.steps[0]
    if (!failed) throw new Error('bug: an empty batch')
    if (waited >= (failed.step.patience ?? 0)) {
      const message = clean(stderr) || `exit code ${String(code)}`
      return { done: from, failure: { identity: failed.identity, step: failed.step, message } }
    }
    waited += retryAfter
    await sleep(retryAfter)
  }
}

/** Takes the steps in their order, and stops at the first that is refused. */
export const executeSteps = async (
  steps: readonly ScheduledStep[],
  options: Execute,
): Promise<Execution> => {
  let done = 0
  for (const batch of makeBatches(steps)) {
    const result = await runBatch(batch, options)
    done += result.done
    options.onProgress?.(done, steps.length)
    if (result.failure) return { done, failure: result.failure }
  }
  return { done, failure: undefined }
}
