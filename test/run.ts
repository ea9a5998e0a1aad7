import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's folder; tests run from build/test. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** The name of a network namespace to run it in. */
  readonly netns?: string
  readonly cwd?: string
  /** Added to the environment; undefined takes away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
}

/** Runs a program to its end; an exit code other than 0 is no exception. -1: a signal, or no start. */
export const run = (
  argv: readonly string[],
  { netns, cwd = root, env = {}, input = '' }: RunOptions = {},
): Promise<Ended> => {
  const enter = netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`, '--']
  const [program = '', ...args] = [...enter, ...argv]
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20, timeout: 60_000 }
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ code, stdout, stderr })
    })
    // A program that does not read is no error here.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
