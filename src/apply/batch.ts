import { committedBefore, isRestore, mergeRestores, mostEdits } from '../iptables/restore.ts'
import type { Merged } from '../iptables/restore.ts'
import type { ScheduledStep } from '../plan/plan.ts'
import type { Step } from '../resources/kind.ts'

/** Steps that one process takes, one after the other. */
export interface Batch {
  readonly namespace: string
  readonly steps: readonly ScheduledStep[]
  /** It is over in an instant, whatever it is, and may be run after others without our looking. */
  readonly isShort?: boolean
  /** What to run for the steps from the given one on. */
  command(from: number): { readonly argv: readonly string[]; readonly stdin?: string }
  /** The step that a line of the input, from 1, is of; where there is none, all are refused as one. */
  stepAtLine(line: number): number
  /** How many steps are done where this line is refused; undefined: those before it. */
  doneAtLine?(line: number): number
}

const batchPrograms: ReadonlySet<string> = new Set(['ip', 'bridge'])

/**
 * Words that a batch line can hold as they stand: iproute2 ends a line at `#` and reads quotes and
 * backslashes, even in the midst of a name (getcmdline and makeargs, lib/utils.c).
 */
const isPlain = (word: string): boolean => word !== '' && !/[#"'\\\s]/.test(word)

/** iproute2 splits a line into at most 512 words. */
const mostWords = 500

/** Program and options, for steps that may share a process; undefined for one that may not. */
const shared = ({ argv, stdin }: Step): readonly string[] | undefined => {
  const [program = '', option = ''] = argv
  if (stdin !== undefined || !batchPrograms.has(program)) return undefined
  if (argv.length > mostWords || !argv.every(isPlain)) return undefined
  return option.startsWith('-') ? [program, option] : [program]
}

/** `ip neighbour` ends the whole process where it fails, and names no line: it is kept apart (N-09). */
const abruptVerb = ({ argv: [, object, verb] }: Step): string | undefined =>
  object === 'neighbour' ? verb : undefined

const fewSteps = 32

const batchOf = (program: readonly string[], steps: readonly ScheduledStep[]): Batch => ({
  namespace: steps[0]?.step.namespace ?? '',
  steps,
  isShort: steps.length <= fewSteps,
  command: (from) => ({
    argv: [...program, '-batch', '-'],
    stdin: steps
      .slice(from)
      .map(({ step }) => `${step.argv.slice(program.length).join(' ')}\n`)
      .join(''),
  }),
  stepAtLine: (line) => line - 1,
})

const single = (scheduled: ScheduledStep): Batch => ({
  namespace: scheduled.step.namespace ?? '',
  steps: [scheduled],
  command: () => scheduled.step,
  stepAtLine: () => 0,
})

/** Edits of rules are taken table by table, each as a whole. */
const restoreOf = (steps: readonly ScheduledStep[]): Batch => {
  let merged: Merged | undefined
  const merge = (): Merged =>
    (merged ??= mergeRestores(steps.map(({ step: { stdin = '' } }) => stdin)))
  return {
    namespace: steps[0]?.step.namespace ?? '',
    steps,
    command: () => ({ argv: steps[0]?.step.argv ?? [], stdin: merge().text }),
    stepAtLine: (line) => merge().edits[line - 1] ?? 0,
    doneAtLine: (line) => committedBefore(merge(), line),
  }
}

/**
 * What a socket's buffer takes at once: killed while we feed a program, we leave it all lines or none, and
 * never half of one, which may be another command.
 */
const mostBytes = 64 << 10

/** Parts of steps whose lines are of so many bytes at most. */
const chunkBySize = (steps: readonly ScheduledStep[]): readonly (readonly ScheduledStep[])[] => {
  const chunks: ScheduledStep[][] = []
  let size = Infinity
  for (const scheduled of steps) {
    const bytes = Buffer.byteLength(scheduled.step.argv.join(' ')) + 1
    if (size + bytes > mostBytes) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)?.push(scheduled)
    size += bytes
  }
  return chunks
}

const chunk = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )

const restoresOf = (steps: readonly ScheduledStep[]): readonly Batch[] => {
  const most = mostEdits(steps[0]?.step.argv ?? [])
  return chunk(steps, Math.min(most, steps.length)).map(restoreOf)
}

const laneOf = ({ step }: ScheduledStep): string | undefined => {
  if (isRestore(step.argv)) return [step.namespace ?? '', ...step.argv].join(' ')
  const program = shared(step)
  return program && [step.namespace ?? '', ...program, abruptVerb(step)].join(' ')
}

/** Puts steps that follow each other in one namespace and program into one process. */
export const makeBatches = (steps: readonly ScheduledStep[]): readonly Batch[] => {
  const batches: Batch[] = []
  let run: ScheduledStep[] = []
  const flush = (): void => {
    const [first] = run
    const program = first && shared(first.step)
    if (program) batches.push(...chunkBySize(run).map((steps) => batchOf(program, steps)))
    else if (first) batches.push(...restoresOf(run))
    run = []
  }
  for (const scheduled of steps) {
    const lane = laneOf(scheduled)
    const [first] = run
    if (first && laneOf(first) !== lane) flush()
    if (lane === undefined) batches.push(single(scheduled))
    else run.push(scheduled)
  }
  flush()
  return batches
}
