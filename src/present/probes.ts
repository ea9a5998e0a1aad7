import type { Location } from '../config/diagnostics.ts'
import { escapeAll } from '../net/controls.ts'
import type { ProbeResult } from '../probes/probe.ts'
import type { Style } from './style.ts'

/** The document of `check --probes`. */
export interface ProbesDocument {
  readonly formatVersion: '1.0'
  readonly node: string
  readonly passed: boolean
  readonly checks: readonly {
    readonly name: string
    /** The namespace; null is the node itself. */
    readonly from: string | null
    readonly kind: string
    readonly ok: boolean
    readonly detail: string
    /** How long a try took, on average; null where none succeeded. */
    readonly milliseconds: number | null
    /** The place in the configuration that asks for it. */
    readonly source: Location | null
  }[]
}

export const probesDocument = (results: readonly ProbeResult[], node: string): ProbesDocument => ({
  formatVersion: '1.0',
  node,
  passed: results.every(({ ok }) => ok),
  checks: results.map(({ probe: { name, from, kind, source }, ok, detail, milliseconds }) => ({
    name,
    from: from === '' ? null : from,
    kind,
    ok,
    detail,
    milliseconds: milliseconds ?? null,
    source: source ?? null,
  })),
})

interface Outcome {
  readonly ok: boolean
  readonly detail: string
  readonly milliseconds?: number | null
}

/** What stands behind a check: how long it took, or why it is as it is. */
export const remarkOf = ({ detail, milliseconds }: Outcome): string =>
  detail === '' && typeof milliseconds === 'number' ? `${milliseconds.toFixed(1)} ms` : detail

/** "1 of 4 checks failed." */
export const summaryOf = (results: readonly Pick<Outcome, 'ok'>[]): string => {
  const failed = results.filter(({ ok }) => !ok).length
  const count = results.length
  if (count === 0) return 'No checks in this configuration.'
  if (failed > 0) return `${failed} of ${count} checks failed.`
  return count === 1 ? 'The check passed.' : `All ${count} checks passed.`
}

/** A line for each check, and one for all. */
export const probesText = (found: readonly ProbeResult[], style: Style): string => {
  const results = escapeAll(found)
  const width = Math.max(0, ...results.map(({ probe }) => probe.name.length))
  const lines = results.map((result) => {
    const word = result.ok ? style('green', 'ok    ') : style('red', 'FAILED')
    return `${word}  ${result.probe.name.padEnd(width)}  ${remarkOf(result)}`.trimEnd()
  })
  const summary = style('bold', summaryOf(results))
  return `${[...lines, ...(lines.length > 0 ? [''] : []), summary].join('\n')}\n`
}
