import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Form } from '../iptables/forms.ts'
import { differenceOf, proofText } from '../iptables/proof.ts'
import type { Placed } from '../iptables/proof.ts'
import { programName, restoreCommand } from '../iptables/restore.ts'
import type { Programs } from '../iptables/restore.ts'
import { parseSave } from '../iptables/save.ts'
import type { Family } from '../net/addresses.ts'
import { NodeError } from './namespaces.ts'
import { run, StartError } from './run.ts'
import type { Outcome } from './run.ts'

/** A network namespace that nobody else knows of, to try things in. */
export interface Scratch {
  /** The file to enter it by. */
  readonly netns: string
  close(): Promise<void>
}

/**
 * Makes a network namespace, which lives as long as a program in it: that one ends with this one, however
 * this one ends, since it waits for the end of its input.
 *
 * @throws NodeError where that is not allowed, StartError where unshare(1) is missing
 */
export const openScratch = async (): Promise<Scratch> => {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C' }
  const child = spawn('unshare', ['--net', '--', 'cat'], { env })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  // An answer says that it is through with unshare.
  child.stdin.write('\n')
  const started = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'error').then(([error]) => error as NodeJS.ErrnoException),
    closed.then(() => false),
  ])
  if (started instanceof Error) throw new StartError('unshare', started.code ?? 'unknown')
  if (!started) throw new NodeError(stderr.trim(), 'EPERM')
  return {
    netns: `/proc/${String(child.pid)}/ns/net`,
    close: () => {
      child.stdin.end()
      return closed
    },
  }
}

/** What became of a form: read back otherwise, or not taken at all. */
export interface Verdict {
  readonly form: Form
  readonly problem: 'differs' | 'refused'
  /** What was read back; why it was refused. */
  readonly found: string
}

/** Where and with what forms are proved. */
export interface Bench {
  readonly netns: string
  readonly family: Family
  readonly programs: Programs
}

const restore = ({ netns, family, programs }: Bench, stdin: string): Promise<Outcome> =>
  run({ argv: restoreCommand(family, programs), stdin, netns })

/** Loads as many as can be: where some are refused, each half by itself. */
const load = async (bench: Bench, forms: readonly Placed[]): Promise<readonly Verdict[]> => {
  const { code, stderr } = await restore(bench, proofText(forms))
  if (code === 0) return []
  const [only, ...more] = forms
  if (only && more.length === 0) {
    const [found = ''] = stderr.trim().split('\n')
    return [{ form: only[0], problem: 'refused', found }]
  }
  const half = Math.ceil(forms.length / 2)
  const first = await load(bench, forms.slice(0, half))
  return [...first, ...(await load(bench, forms.slice(half)))]
}

/** Why rules cannot be had at all; undefined: they can. */
export const findObstacle = async (bench: Bench): Promise<string | undefined> => {
  const { code, stderr } = await restore(bench, '*filter\nCOMMIT\n*nat\nCOMMIT\n')
  return code === 0 ? undefined : stderr.trim().split('\n')[0]
}

/** Restores forms and saves them: those that are not read back as they are to be. */
export const proveForms = async (
  bench: Bench,
  forms: readonly Form[],
): Promise<readonly Verdict[]> => {
  const placed = forms.map((form, index): Placed => [form, index])
  const refused = await load(bench, placed)
  const argv = [programName(bench.family, bench.programs, 'save')]
  const saved = parseSave((await run({ argv, netns: bench.netns })).stdout)
  const gone = new Set(refused.map(({ form }) => form))
  const differing = placed.flatMap((one): readonly Verdict[] => {
    const found = gone.has(one[0]) ? undefined : differenceOf(one, saved)
    return found === undefined ? [] : [{ form: one[0], problem: 'differs', found }]
  })
  return [...differing, ...refused]
}

const devices = {
  bridge: ['type', 'bridge'],
  veth: ['type', 'veth', 'peer', 'name', 'np-peer'],
  vxlan: ['type', 'vxlan', 'id', '1', 'dstport', '4789'],
}

export type DeviceType = keyof typeof devices

export const deviceTypes: readonly DeviceType[] = ['bridge', 'veth', 'vxlan']

/** Why the kernel does not make a device of this type; undefined: it does. */
export const findDeviceProblem = async (
  netns: string,
  type: DeviceType,
): Promise<string | undefined> => {
  const argv = ['ip', 'link', 'add', 'name', `np-${type}`, ...devices[type]]
  const { code, stderr } = await run({ argv, netns })
  return code === 0 ? undefined : stderr.trim()
}
