import type { Socket } from '../net/sockets.ts'
import type { Probe, ProbeResult, Try } from './probe.ts'
import { judgeShares } from './shares.ts'

/** What was found out about a probe. */
export interface Findings {
  readonly tries: readonly Try[]
  /** Where each connection went; undefined: nobody asked. */
  readonly reached?: readonly Socket[] | undefined
}

/** A probe that could not be tried, which is no failure that anybody may expect. */
export const untried = (probe: Probe, detail: string): ProbeResult => ({ probe, ok: false, detail })

/** The reason that most have; of as many, the first. */
const mostFrequent = (details: readonly string[]): string => {
  const counts = new Map<string, number>()
  for (const one of details) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? ''
}

const failedText = ({ kind }: Probe, tries: readonly Try[]): string => {
  const failed = tries.filter(({ ok }) => !ok)
  const detail = mostFrequent(failed.map((one) => one.detail))
  if (tries.length === 1) return detail
  const word = kind === 'ping' ? 'lost' : 'failed'
  return `${String(failed.length)} of ${String(tries.length)} ${word}: ${detail}`
}

const succeededText = (tries: readonly Try[]): string => {
  const count = tries.filter(({ ok }) => ok).length
  const share = tries.length === 1 ? '' : `${String(count)} of ${String(tries.length)} times, `
  return `works, ${share}and must not`
}

const missingText = (tries: number, reached: number): string =>
  `${String(tries - reached)} of ${String(tries)} connections are not in the connection tracking ` +
  'table of the node (conntrack), so that nobody knows whom they reached'

const judgeReached = (
  { tries, reached }: Findings,
  endpoints: readonly Socket[],
): string | undefined => {
  if (reached === undefined || endpoints.length === 0) return undefined
  return reached.length < tries.length
    ? missingText(tries.length, reached.length)
    : judgeShares(endpoints, reached)
}

const average = (tries: readonly Try[]): number =>
  tries.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / tries.length

/** Whether tries went as their probe expects: all of them, or none. */
export const judge = (probe: Probe, findings: Findings): ProbeResult => {
  const { tries } = findings
  if (tries.length === 0) return untried(probe, 'was not tried')
  if (probe.expect === 'failure') {
    const ok = tries.every((one) => !one.ok)
    return { probe, ok, detail: ok ? failedText(probe, tries) : succeededText(tries) }
  }
  if (!tries.every(({ ok }) => ok)) return { probe, ok: false, detail: failedText(probe, tries) }
  const detail = judgeReached(findings, 'reaches' in probe ? probe.reaches : [])
  return { probe, ok: detail === undefined, detail: detail ?? '', milliseconds: average(tries) }
}

/** Whether the tries so far say how a probe ends, so that more of them would say nothing. */
export const isDecided = ({ expect }: Probe, tries: readonly Try[]): boolean =>
  tries.some(({ ok }) => ok === (expect === 'failure'))
