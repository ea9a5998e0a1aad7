import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { NodeError } from './namespaces.ts'
import { killGroup, run, StartError } from './run.ts'

/** A program to run on a machine of its own. */
export interface Apart {
  readonly argv: readonly string[]
  /** The file of a network namespace that is to be in its /run, too; none, if there is none to share. */
  readonly shared?: string | undefined
}

/** A program that runs on a machine of its own. */
export interface Machine {
  /** Writes a line to its standard input. */
  say(line: string): void
  /** The next line that it prints; undefined: there is none any more. */
  next(): Promise<string | undefined>
  /** How it ended; @throws StartError where unshare(1) is missing */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>
  /** Ends it, and all that is on its machine. */
  kill(): void
}

/**
 * Process 1 of the new machine. Its /run is empty, so that names of namespaces, locks and notes are its own. It ends
 * with the program, or with the caller: fd 3 is a pipe that nobody writes to, and that ends when the caller does,
 * however that ends. The kernel ends whoever is left when process 1 has ended (pid_namespaces(7)).
 */
const inside = `
  set -e
  shared=$1
  shift
  [ -z "$shared" ] || exec 4<"$shared"
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/netns
  if [ -n "$shared" ]; then
    : >"$shared"
    mount --no-canonicalize --bind /proc/self/fd/4 "$shared"
    exec 4<&-
  fi
  mount -t sysfs sysfs /sys 2>/dev/null || :
  { cat <&3 >/dev/null; kill -KILL -1; } &
  "$@" 3<&- || exit $?
`

const isRoot = (): boolean => process.geteuid?.() === 0

/** As root of this machine, or of a user namespace, where one may have that. */
const namespaces = (): readonly string[] => [
  ...(isRoot() ? [] : ['--user', '--map-root-user']),
  ...['--net', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'],
  '--mount-proc',
]

const remedy =
  'be root, or allow it: sysctl kernel.unprivileged_userns_clone=1 (Debian), ' +
  'sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), ' +
  'user.max_user_namespaces above 0; in a container: --privileged'

/** @throws NodeError where there can be no such machine, which says what to allow */
export const requireApart = async (): Promise<void> => {
  const probe = 'mount -t tmpfs tmpfs /run && ip link show dev lo >/dev/null'
  const argv = ['unshare', ...namespaces(), '--', 'sh', '-c', probe]
  const { code, stderr } = await run({ argv })
  if (code === 0) return
  const [why = ''] = stderr.trim().split('\n')
  throw new NodeError(
    `this machine gives no namespaces to rehearse in: ${why}; ${remedy}`,
    'EUSERS',
  )
}

/** A promise must not be forgotten because nobody waits for it yet. */
const heed = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined)
  return promise
}

const endOf = (child: ChildProcess, stderr: readonly Buffer[]): Machine['ended'] =>
  new Promise((resolve, reject) => {
    child.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) =>
      reject(new StartError('unshare', code)),
    )
    child.on('close', (code) =>
      resolve({ code: code ?? -1, stderr: Buffer.concat(stderr).toString() }),
    )
  })

/**
 * Starts a program as root of a machine of its own: with its own network, mounts, processes and an empty /run, none of
 * which outlives it, or this process.
 */
export const startApart = ({ argv, shared = '' }: Apart): Machine => {
  const args = [...namespaces(), '--', 'sh', '-c', inside, 'sh', shared, ...argv]
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`
  const child = spawn('unshare', args, {
    env: { ...process.env, PATH: path },
    // What a terminal says is for us: we end it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const stderr: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.on('error', () => undefined)
  const ended = heed(endOf(child, stderr))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    say: (line) => void child.stdin.write(`${line}\n`),
    next: async () => {
      const found: IteratorResult<string, undefined> = await lines.next()
      return found.value
    },
    ended,
    kill: () => killGroup(child),
  }
}
