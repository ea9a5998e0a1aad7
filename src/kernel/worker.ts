import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Try, WorkerProbe } from '../probes/probe.ts'
import { environment, inNamespace, killGroup } from './run.ts'

/** What a worker is asked, a line of JSON. */
export interface Question {
  readonly id: number
  readonly probe: WorkerProbe
}

/** What it answers, a line of JSON. */
export interface Answer {
  readonly id: number
  readonly tries: readonly Try[]
}

/** A program of ours that runs in one namespace, and makes checks there. */
export interface Worker {
  /** What became of a probe; why it was not tried, where the worker does not say, or not in time. */
  ask(probe: WorkerProbe, milliseconds: number): Promise<readonly Try[] | string>
  /** Ends it at once, with all that it is still asked. */
  kill(reason: string): void
  close(): Promise<void>
}

/** Milliseconds in which a worker ends that has nothing to do. */
const patience = 1000

/** Beside the bundle of the program; as tsc leaves it; or, where the program runs from source, as built last. */
const files: Readonly<Record<string, string>> = {
  '.cjs': 'probe.cjs',
  '.js': '../probe.js',
  '.ts': '../../dist/probe.cjs',
}

/** The program that makes checks, and answers them. */
export const workerFile = (): string =>
  join(dirname(import.meta.filename), files[extname(import.meta.filename)] ?? '')

/** Who is killed may leave half of a line. */
const parseAnswer = (line: string): Partial<Answer> => {
  try {
    return JSON.parse(line) as Answer
  } catch {
    return {}
  }
}

/** The last line of what a program said before it ended. */
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

/** Those who wait for answers. */
interface Waiting {
  /** Why there are no more answers. */
  over: string | undefined
  readonly settle: Map<number, (tries: readonly Try[] | string) => void>
}

const endWaiting = (waiting: Waiting, reason: string): void => {
  waiting.over ??= reason
  for (const settle of waiting.settle.values()) settle(waiting.over)
  waiting.settle.clear()
}

/** Starts the program, and hands its answers to those who wait for them. */
const startChild = (
  netns: string | undefined,
  waiting: Waiting,
): { child: ChildProcessWithoutNullStreams; closed: Promise<void> } => {
  const [program = '', ...args] = inNamespace([process.execPath, workerFile()], netns)
  // A group of its own, so that a Ctrl-C at the terminal is heard by one alone: us.
  const child = spawn(program, args, { env: environment(), detached: true })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id = -1, tries = [] } = parseAnswer(line)
    waiting.settle.get(id)?.(tries)
    waiting.settle.delete(id)
  })
  const closed = new Promise<void>((resolve) => {
    child.on('error', ({ message }) => {
      endWaiting(waiting, `cannot be tried: ${message}`)
      resolve()
    })
    child.on('close', () => {
      endWaiting(waiting, `the program that tries it ended: ${lastLine(stderr) || 'killed'}`)
      resolve()
    })
  })
  return { child, closed }
}

/**
 * Starts a worker. It ends with this program, however this one ends, since it waits for the end of its input.
 *
 * @param netns the file of the namespace; undefined is the caller's own
 */
export const startWorker = (netns: string | undefined): Worker => {
  const waiting: Waiting = { over: undefined, settle: new Map() }
  const { child, closed } = startChild(netns, waiting)
  let asked = 0
  const kill = (reason: string): void => {
    endWaiting(waiting, reason)
    killGroup(child)
  }
  return {
    ask: async (probe, milliseconds) => {
      if (waiting.over !== undefined) return waiting.over
      const question: Question = { id: asked++, probe }
      const answered = new Promise<readonly Try[] | string>((resolve) =>
        waiting.settle.set(question.id, resolve),
      )
      const late = 'the program that tries it did not answer, and was killed'
      const timer = setTimeout(() => kill(late), milliseconds)
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return answered.finally(() => clearTimeout(timer))
    },
    kill,
    close: async () => {
      child.stdin.end()
      const timer = setTimeout(() => killGroup(child), patience)
      await closed
      clearTimeout(timer)
    },
  }
}
