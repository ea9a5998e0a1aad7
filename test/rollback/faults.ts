import { openWriter } from '../../src/kernel/writer.ts'
import type { Writer } from '../../src/kernel/writer.ts'
import type { Command, Outcome } from '../../src/kernel/run.ts'
import { inTurn } from '../apply/in-turn.ts'

/** What goes wrong at a point of an apply. */
export type FaultKind =
  /** The program refuses the step, and says so as it always does. */
  | 'refused'
  /** The program is killed there: what it did stays, and it says nothing. */
  | 'child killed'
  /** We are killed there: nothing that we would have done comes any more. */
  | 'killed'

export interface Fault {
  /** A function: something else happens there, and the step is taken all the same. */
  readonly kind: FaultKind | (() => void)
  /** Which point, from 0: a line of `ip -batch`, a table of `iptables-restore`, or a program. */
  readonly at: number
}

interface FaultyWriter extends Writer {
  /** Kept when it has come to the point; of an apply that is killed nothing else comes. */
  readonly reached: Promise<void>
  /** How many points there were so far. */
  readonly points: number
}

/** The parts of an input that the kernel may take one without the next. */
const partsOf = ({ argv, stdin }: Command): readonly string[] | undefined => {
  if (stdin === undefined) return undefined
  if (argv.includes('-batch'))
    return stdin.split('\n').flatMap((line) => (line === '' ? [] : [`${line}\n`]))
  return stdin.split(/(?<=^COMMIT\n)/m).filter((text) => text.trim() !== '')
}

const linesOf = (parts: readonly string[]): number => parts.join('').split('\n').length - 1

const refusal = ({ argv }: Command, before: readonly string[]): Outcome => {
  const line = linesOf(before) + 1
  const stderr = argv.includes('-batch')
    ? `RTNETLINK answers: injected\nCommand failed -:${line}\n`
    : `iptables-restore: line ${line} failed\n`
  return { code: 1, stdout: '', stderr }
}

const killed: Outcome = { code: -1, stdout: '', stderr: '' }

const forever = new Promise<never>(() => undefined)

/** The lines that a program names, when it was not given so many before them. */
const shift = (outcome: Outcome, lines: number): Outcome => ({
  ...outcome,
  stderr: outcome.stderr.replace(
    /(Command failed -:|\bline:? )(\d+)/g,
    (_, words: string, line: string) => `${words}${Number(line) + lines}`,
  ),
})

/** A writer to the running kernel with which something goes wrong at one point. */
export const openFaultyWriter = (fault: Fault | undefined): FaultyWriter => {
  const real = openWriter()
  let points = 0
  let reach: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const fail = async (command: Command, parts: readonly string[], at: number): Promise<Outcome> => {
    const [done, rest] = [parts.slice(0, at), parts.slice(at)]
    const first =
      at > 0 ? await real.run({ ...command, stdin: done.join('') }) : { ...killed, code: 0 }
    if (typeof fault?.kind === 'function') {
      fault.kind()
      if (first.code !== 0) return first
      return command.stdin === undefined
        ? real.run(command)
        : shift(await real.run({ ...command, stdin: rest.join('') }), linesOf(done))
    }
    reach()
    if (fault?.kind === 'killed') return forever
    return fault?.kind === 'refused' ? refusal(command, done) : killed
  }
  const run = (command: Command): Promise<Outcome> => {
    const parts = partsOf(command) ?? ['']
    const at = fault === undefined ? -1 : fault.at - points
    points += parts.length
    return at >= 0 && at < parts.length ? fail(command, parts, at) : real.run(command)
  }
  return {
    run,
    runInTurn: inTurn(run),
    reached,
    get count() {
      return real.count
    },
    get points() {
      return points
    },
  }
}
