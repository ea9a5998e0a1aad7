import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess, ChildProcessWithoutNullStreams, SpawnOptions } from 'node:child_process'

/** A program to run: an argument vector, never a shell line. */
export interface Command {
  readonly argv: readonly string[]
  /** Fed to standard input, which is closed at its end. */
  readonly stdin?: string
  /** What its environment has beside what every program's has. */
  readonly env?: Readonly<Record<string, string>>
  /** The file of the network namespace to run in; undefined is the caller's own. */
  readonly netns?: string | undefined
  /** Run it in a process group of its own, so that a Ctrl-C at the terminal does not reach it. */
  readonly detached?: boolean
  /** An open file that the program has as its fd 3: what holds a lock on it holds it as long as it runs. */
  readonly inherit?: number | undefined
  /** Nothing else is done while it runs, and it starts in half of the time. */
  readonly waits?: boolean
  /** Ends the program, and what it started, by SIGKILL; only where it is detached. */
  readonly signal?: AbortSignal | undefined
}

/** How a program ended. `code` is -1 where a signal ended it. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The same, as it came. */
export interface RawOutcome {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** A program could not be started at all; `code` is the errno, as ENOENT. */
export class StartError extends Error {
  readonly program: string
  readonly code: string
  constructor(program: string, code: string) {
    super(`cannot start ${program}: ${code}`)
    this.name = 'StartError'
    this.program = program
    this.code = code
  }
}

// The rest of the caller's environment is none of a child's business. No locale: the texts of
// errors are matched and shown.
export const environment = (): { readonly PATH: string; readonly LC_ALL: 'C' } => ({
  PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`,
  LC_ALL: 'C',
})

/** nsenter(1) execs the program, so that entering costs no process. */
export const inNamespace = (
  argv: readonly string[],
  netns: string | undefined,
): readonly string[] => (netns === undefined ? argv : ['nsenter', `--net=${netns}`, '--', ...argv])

/** What nsenter(1) exits with where it cannot find the program. */
const notFound = 127

const missingBehindNsenter = /^nsenter: failed to execute ([^:\s]+): No such file/m

const optionsOf = ({
  detached = false,
  inherit,
  env = {},
}: Command): Pick<SpawnOptions, 'env' | 'detached'> & { stdio: ('pipe' | number)[] } => ({
  env: { ...environment(), ...env },
  detached,
  stdio: ['pipe', 'pipe', 'pipe', ...(inherit === undefined ? [] : [inherit])],
})

const start = (
  program: string,
  args: string[],
  command: Command,
): ChildProcessWithoutNullStreams => {
  try {
    // The first three are pipes.
    return spawn(program, args, optionsOf(command)) as ChildProcessWithoutNullStreams
  } catch (error) {
    // Of some errors Node tells at once, as of EPERM: a program with capabilities that we must not have.
    throw new StartError(program, (error as NodeJS.ErrnoException).code ?? 'unknown')
  }
}

/** Kills a program that is detached, with all that it started. */
export const killGroup = ({ pid, exitCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Kills the whole group of a program where the signal says so. */
const killOn = (signal: AbortSignal | undefined, child: ChildProcess): (() => void) => {
  const kill = (): void => killGroup(child)
  if (signal?.aborted === true) kill()
  signal?.addEventListener('abort', kill)
  return () => signal?.removeEventListener('abort', kill)
}

/** @throws StartError where nsenter(1) did not find the program */
const outcomeOf = (outcome: RawOutcome): RawOutcome => {
  const { code, stderr } = outcome
  const missing = code === notFound ? missingBehindNsenter.exec(String(stderr))?.[1] : undefined
  if (missing === undefined) return outcome
  throw new StartError(missing, 'ENOENT')
}

let waitsAlways = false

/** From now on all are waited for: for who hears no signal, and has nothing else to do meanwhile. */
export const waitForPrograms = (): void => {
  waitsAlways = true
}

const runAtOnce = (command: Command): RawOutcome => {
  const [program = '', ...args] = inNamespace(command.argv, command.netns)
  const options = { ...optionsOf(command), input: command.stdin ?? '', maxBuffer: Infinity }
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, options)
  // A program that stops reading early says why by its exit code, not by our EPIPE.
  if (error && status === null && signal === null)
    throw new StartError(program, (error as NodeJS.ErrnoException).code ?? 'unknown')
  return outcomeOf({ code: status ?? -1, stdout, stderr })
}

const runBeside = (command: Command): Promise<RawOutcome> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = inNamespace(command.argv, command.netns)
    const child = start(program, args, command)
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const release = killOn(command.signal, child)
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(new StartError(program, error.code ?? 'unknown'))
    })
    child.on('close', (code) => {
      release()
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err) })
    })
    // A program that stops reading early says why by its exit code, not by our EPIPE.
    child.stdin.on('error', () => undefined)
    child.stdin.end(command.stdin ?? '')
  })

/**
 * Runs a program to its end and returns how it ended; an exit code other than 0 is no exception.
 *
 * @throws StartError where it cannot be started
 */
export const runRaw = async (command: Command): Promise<RawOutcome> =>
  (waitsAlways || command.waits === true) && !command.signal
    ? runAtOnce(command)
    : outcomeOf(await runBeside(command))

/** The same, as text. */
export const run = async (command: Command): Promise<Outcome> => {
  const { code, stdout, stderr } = await runRaw(command)
  return { code, stdout: stdout.toString(), stderr: stderr.toString() }
}
