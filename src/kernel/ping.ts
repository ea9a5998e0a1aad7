import { longestSeconds, pingInterval } from '../probes/probe.ts'
import type { PingProbe, Try } from '../probes/probe.ts'
import { run } from './run.ts'
import type { Outcome } from './run.ts'

/** How ping(8) is asked: as often as the probe says, and then it waits for the last answer no longer than it says. */
const pingCommand = ({ address, count, timeoutSeconds }: PingProbe): readonly string[] => [
  ...['ping', '-n', '-c', String(count), '-i', String(pingInterval)],
  ...['-W', String(timeoutSeconds), '--', address],
]

/** How long each answer took; an answer that comes twice is one. */
const answers = (stdout: string): readonly number[] =>
  [...stdout.matchAll(/ bytes from .*\btime[=<]([\d.]+) ms$/gm)].map(([, time]) => Number(time))

/** What a router said instead of an answer. */
const refusal = (stdout: string): string | undefined =>
  / icmp_seq=\d+ ([A-Z].*)$/m.exec(stdout)?.[1]?.trim().toLowerCase()

/** What ping says where the kernel does not send. */
const words: Readonly<Record<string, string>> = {
  'connect: Invalid argument': 'a route leads nowhere',
  'sendmsg: Operation not permitted': 'a rule of this namespace does not let it out',
}

/** What ping makes of EACCES, which a route of the type prohibit gives. */
const prohibited = 'Do you want to ping broadcast'

/** The first line on standard error, without the name of the program. */
const complaint = ({ stderr }: Outcome): string => {
  const [line = ''] = stderr.trim().split('\n')
  const text = line.replace(/^ping: /, '')
  if (text.startsWith(prohibited)) return 'prohibited'
  return words[text] ?? text.replace(/^(connect|sendmsg): /, '').toLowerCase()
}

/** Whether it got so far that anything was sent, or that the kernel refused to send it. */
const isTried = ({ stdout, stderr }: Outcome): boolean =>
  stdout.includes(' packets transmitted') ||
  stderr.startsWith('ping: connect: ') ||
  stderr.startsWith(`ping: ${prohibited}`)

const triesOf = (probe: PingProbe, outcome: Outcome): readonly Try[] | string => {
  if (!isTried(outcome)) return `cannot be tried: ${complaint(outcome)}`
  const times = answers(outcome.stdout)
  const silence = `no answer within ${String(probe.timeoutSeconds)} s`
  const detail = refusal(outcome.stdout) ?? (complaint(outcome) || silence)
  return Array.from({ length: probe.count }, (_, index): Try => {
    const milliseconds = times[index]
    return milliseconds === undefined
      ? { ok: false, detail, milliseconds: 0 }
      : { ok: true, detail: '', milliseconds }
  })
}

/** How a ping is carried out. */
export interface PingOptions {
  readonly netns: string | undefined
  /** How long it may take beyond the time of its tries. */
  readonly graceMilliseconds: number
  readonly signal: AbortSignal | undefined
}

/**
 * Sends the echo requests of a probe; why it was not tried, where ping did not come to an end.
 *
 * @throws StartError where ping is missing
 */
export const ping = async (
  probe: PingProbe,
  { netns, graceMilliseconds, signal }: PingOptions,
): Promise<readonly Try[] | string> => {
  const bound = AbortSignal.timeout(longestSeconds(probe) * 1000 + graceMilliseconds)
  const outcome = await run({
    argv: pingCommand(probe),
    netns,
    detached: true,
    signal: signal ? AbortSignal.any([signal, bound]) : bound,
  })
  if (signal?.aborted === true) return 'interrupted'
  if (bound.aborted) return 'ping did not end, and was killed'
  return triesOf(probe, outcome)
}
