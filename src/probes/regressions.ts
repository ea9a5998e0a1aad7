import type { Diagnostic } from '../config/diagnostics.ts'
import type { ProbeResult } from './probe.ts'

/** What of the checks is otherwise after a change. */
export interface Comparison {
  /** Passed before and fail now: the reason to go back. */
  readonly broken: readonly ProbeResult[]
  /** Failed before and fail now: named, and not counted. */
  readonly failing: readonly ProbeResult[]
  /** Failed before and pass now. */
  readonly mended: readonly ProbeResult[]
  /** Fail now, and were not tried before. */
  readonly unknown: readonly ProbeResult[]
}

/** Compares the results of before a change with those of after it, by the names of the probes. */
export const regressions = (
  before: readonly ProbeResult[],
  after: readonly ProbeResult[],
): Comparison => {
  const passed = new Map(before.map(({ probe, ok }) => [probe.name, ok]))
  const those = (was: boolean | undefined, is: boolean): readonly ProbeResult[] =>
    after.filter(({ probe, ok }) => passed.get(probe.name) === was && ok === is)
  return {
    broken: those(true, false),
    failing: those(false, false),
    mended: those(false, true),
    unknown: those(undefined, false),
  }
}

/** A check that fails, told at its line. */
export const diagnoseProbe = (
  { probe, detail }: ProbeResult,
  severity: Diagnostic['severity'],
): Diagnostic => ({
  severity,
  code: 'node',
  message: `check ${JSON.stringify(probe.name)} fails: ${detail}`,
  ...(probe.source ? { location: probe.source } : {}),
})
