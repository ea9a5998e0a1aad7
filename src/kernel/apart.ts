import { spawn } from 'node:child_process'
import { NodeError } from './namespaces.ts'
import { killGroup, run, StartError } from './run.ts'
import type { Outcome } from './run.ts'

/** A program to run on a machine of its own. */
export interface Apart {
  readonly argv: readonly string[]
  readonly stdin: string
  /** Ends that machine. */
  readonly signal: AbortSignal
}

/**
 * Process 1 of the new machine. Its /run is empty, so that names of namespaces, locks and notes are its own. It ends
 * with the program, or with the caller: fd 3 is a pipe that nobody writes to, and that ends when the caller does,
 * however that ends. The kernel ends whoever is left when process 1 has ended (pid_namespaces(7)).
 */
const inside = `
  set -e
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/netns
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

/**
 * Runs a program as root of a machine of its own: with its own network, mounts, processes and an empty /run, none of
 * which outlives it, or this process.
 *
 * @throws StartError where unshare(1) is missing
 */
export const runApart = ({ argv, stdin, signal }: Apart): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const args = [...namespaces(), '--', 'sh', '-c', inside, 'sh', ...argv]
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`
    const child = spawn('unshare', args, {
      env: { ...process.env, PATH: path },
      // What a terminal says is for us: we end it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const kill = (): void => killGroup(child)
    if (signal.aborted) kill()
    signal.addEventListener('abort', kill)
    child.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) =>
      reject(new StartError('unshare', code)),
    )
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill)
      const [stdout, stderr] = [out, err].map((all) => Buffer.concat(all).toString())
      resolve({ code: code ?? -1, stdout: stdout ?? '', stderr: stderr ?? '' })
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
