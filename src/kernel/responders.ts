import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Listening } from './respond.ts'
import { environment, inNamespace, killGroup } from './run.ts'
import { workerFile } from './worker.ts'

/** A program of ours that answers in one namespace. */
export interface Responder {
  /** Of each place where it was to listen, in their order: why it cannot; null where it does. */
  readonly refusals: readonly (string | null)[]
  close(): Promise<void>
}

/** Milliseconds in which it ends when it is told to. */
const patience = 1000

const closeChild = async (
  child: ChildProcessWithoutNullStreams,
  closed: Promise<string>,
): Promise<void> => {
  child.stdin.end()
  const timer = setTimeout(() => killGroup(child), patience)
  await closed
  clearTimeout(timer)
}

/**
 * Starts a program that answers, and waits until it does. It ends with this program, however this one ends, since it
 * waits for the end of its input.
 *
 * @param netns the file of the namespace; undefined is the caller's own
 */
export const startResponder = async (
  netns: string | undefined,
  places: readonly Listening[],
): Promise<Responder> => {
  const [program = '', ...args] = inNamespace([process.execPath, workerFile(), 'respond'], netns)
  // A group of its own, as that of who makes checks.
  const child = spawn(program, args, { env: environment(), detached: true })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => undefined)
  const closed = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message))
    child.on('close', () => resolve(stderr.trim().split('\n').at(-1) ?? ''))
  })
  const lines = createInterface({ input: child.stdout })
  const answered = new Promise<string>((resolve) => lines.once('line', resolve))
  child.stdin.write(`${JSON.stringify(places)}\n`)
  const line = await Promise.race([answered, closed.then(() => undefined)])
  if (line === undefined) {
    const why = `the program that answers ended: ${(await closed) || 'killed'}`
    return { refusals: places.map(() => why), close: () => Promise.resolve() }
  }
  return {
    refusals: JSON.parse(line) as (string | null)[],
    close: () => closeChild(child, closed),
  }
}
