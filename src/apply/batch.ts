import type { ScheduledStep } from '../plan/plan.ts'
import type { Step } from '../resources/kind.ts'

/** Steps that one process takes, one after the other. */
export interface Batch {
  readonly namespace: string
  readonly steps: readonly ScheduledStep[]
  /** What to run for the steps from the given one on. */
  command(from: number): { readonly argv: readonly string[]; readonly stdin?: string }
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

const batchOf = (program: readonly string[], steps: readonly ScheduledStep[]): Batch => ({
  namespace: steps[0]?.step.namespace ?? '',
  steps,
  command: (from) => ({
    argv: [...program, '-batch', '-'],
    stdin: steps
      .slice(from)
      .map(({ step }) => `${step.argv.slice(program.length).join(' ')}\n`)
      .join(''),
  }),
})

const single = (scheduled: ScheduledStep): Batch => ({
  namespace: scheduled.step.namespace ?? '',
  steps: [scheduled],
  command: () => scheduled.step,
})

const laneOf = ({ step }: ScheduledStep): string | undefined => {
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
    if (program) batches.push(batchOf(program, run))
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
