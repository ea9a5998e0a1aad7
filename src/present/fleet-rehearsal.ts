import { escapeAll } from '../net/controls.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import { plural } from './counts.ts'
import type { Check, Rehearsal } from './rehearsal-document.ts'
import { verdictLine } from './rehearsal.ts'
import type { Style } from './style.ts'

/** What a rehearsal of all nodes is to its reader: schemas/fleet-rehearsal.schema.json. */
export interface FleetRehearsal {
  readonly formatVersion: '1.0'
  readonly type: 'fleet-rehearsal'
  readonly exitCode: number
  readonly nodes: readonly Rehearsal[]
  readonly summary: {
    readonly nodes: number
    /** Where an apply would end well. */
    readonly good: number
    readonly checks: { readonly passed: number; readonly failed: number; readonly skipped: number }
  }
}

const isGood = ({ exitCode }: Rehearsal): boolean => exitCode === 0

/** A check failed: as `check --probes` says it. */
const checkFailed = 2

export const fleetRehearsalDocument = (nodes: readonly Rehearsal[]): FleetRehearsal => {
  const checks = nodes.flatMap((node) => node.checks)
  const count = (status: string): number => checks.filter((one) => one.status === status).length
  const worst = Math.max(0, ...nodes.map(({ exitCode }) => exitCode))
  const failed = count('failed')
  return {
    formatVersion: '1.0',
    type: 'fleet-rehearsal',
    exitCode: worst === 0 && failed > 0 ? checkFailed : worst,
    nodes,
    summary: {
      nodes: nodes.length,
      good: nodes.filter(isGood).length,
      checks: { passed: count('passed'), failed, skipped: count('skipped') },
    },
  }
}

const placeOf = ({ location }: Diagnostic): string =>
  location ? `${location.file}:${String(location.line)}:${String(location.column)}: ` : ''

/** What was refused, or failed, at its line; checks that fail have lines of their own. */
const errorLines = (diagnostics: readonly Diagnostic[], style: Style): readonly string[] =>
  diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(
      (one) =>
        `  ${placeOf(one)}${style('red', 'error')}: ${one.message.replaceAll('\n', '\n    ')}`,
    )

const failedLines = (checks: readonly Check[], style: Style): readonly string[] => {
  const failed = checks.filter(({ status }) => status === 'failed')
  const width = Math.max(0, ...failed.map(({ name }) => name.length))
  return failed.map(
    ({ name, detail }) => `  ${style('red', 'FAILED')}  ${name.padEnd(width)}  ${detail}`,
  )
}

const nodeLines = (node: Rehearsal, style: Style): readonly string[] => {
  const { verdict, message, refused, batches, stages, leftOut, planDiffers, checks, rollback } =
    node
  const steps = batches.at(-1)?.last ?? 0
  const took = stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const word = isGood(node) ? style('green', verdict) : style('red', verdict)
  return [
    `${node.node}: ${word}, ${plural(steps, 'step')}, ${(took / 1000).toFixed(1)} s`,
    ...(message === null ? [] : [`  ${message}`]),
    ...(refused ? [`  if it were allowed: ${verdictLine(refused, style)}`] : []),
    ...errorLines(node.diagnostics, style),
    ...leftOut.map(({ what, why }) => `  not as on the node: ${what}: ${why}`),
    ...planDiffers.map((line) => `  the plan is another one: ${line}`),
    ...(rollback?.differences ?? []).map((line) => `  after the rollback: ${line}`),
    ...failedLines(checks, style),
  ]
}

/** What all of it comes to, in a line. */
export const fleetRehearsalSummary = ({ summary }: FleetRehearsal): string => {
  const { passed, failed, skipped } = summary.checks
  return (
    `Rehearsed ${plural(summary.nodes, 'node')}: ${String(summary.good)} as described. ` +
    `Checks between them: ${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped.`
  )
}

/** Node by node. */
export const fleetRehearsalLines = (found: FleetRehearsal, style: Style): readonly string[] =>
  escapeAll(found).nodes.flatMap((node) => nodeLines(node, style))

export const fleetRehearsalText = (found: FleetRehearsal, style: Style): string => {
  const last = style('bold', fleetRehearsalSummary(found))
  return `${[...fleetRehearsalLines(found, style), '', last].join('\n')}\n`
}
