import type { Diagnostic } from '../../config/diagnostics.ts'
import { escapeAll } from '../../net/controls.ts'
import { plural } from '../counts.ts'
import { fleetRehearsalLines, fleetRehearsalSummary } from '../fleet-rehearsal.ts'
import type { FleetRehearsal } from '../fleet-rehearsal.ts'
import { rehearsalText, verdictLine } from '../rehearsal.ts'
import type { Check, Rehearsal } from '../rehearsal-document.ts'
import { plain } from '../style.ts'
import { diagnosticText } from './diagnostic-text.ts'
import { draw } from './drawings.ts'
import type { Drawings } from './drawings.ts'
import { diagnosticFinding } from './finding.ts'
import type { Finding, Setting } from './finding.ts'
import { gather, namesOf } from './gather.ts'
import type { Case, Outcome, Suite } from './junit.ts'
import { codeSpan, diagnosticsBlock, fence, fitItems, fold, mostCharacters } from './markdown.ts'

const passed = (lines: readonly string[] = []): Outcome => ({
  kind: 'passed',
  output: lines.join('\n'),
})

/** As it is to be where there is nothing to say. */
const emptyOr = (lines: readonly string[], type: string, message: string): Outcome =>
  lines.length === 0 ? passed() : { kind: 'failure', type, message, text: lines.join('\n') }

const applyOutcome = (rehearsal: Rehearsal): Outcome => {
  const { verdict, message, diagnostics } = rehearsal
  const text = diagnostics.map(diagnosticText)
  if (verdict === 'done' || verdict === 'nothing-to-do') return passed(text)
  const kind = verdict === 'no-plan' ? 'error' : 'failure'
  return { kind, type: verdict, message: message ?? verdict, text: text.join('\n') }
}

const checkOutcome = ({ status, detail }: Check): Outcome => {
  if (status === 'passed') return passed([detail])
  return status === 'skipped'
    ? { kind: 'skipped', text: detail }
    : { kind: 'failure', type: 'check', message: detail, text: '' }
}

const optional = (name: string, outcome: Outcome | undefined): readonly Case[] =>
  outcome ? [{ name, outcome }] : []

const suite = (rehearsal: Rehearsal): Suite => {
  const { node, leftOut, planDiffers, plan, secondPlan, rollback, checks } = rehearsal
  const copied = leftOut.map(
    ({ what, why }) => `not in the copy, or not as on the node: ${what}: ${why}`,
  )
  const isCopied = rehearsal.stages.some(({ name }) => name === 'copy')
  const same = emptyOr(planDiffers, 'plan', 'the plan for the copy is not the one for the node')
  const second = secondPlan && emptyOr(secondPlan, 'second-plan', 'it is not empty')
  const left = rollback && [
    ...rollback.differences,
    ...(rollback.complete ? [] : ['not all could be rolled back']),
  ]
  const back = left && emptyOr(left, 'rollback', 'not all is as it was before')
  const cases: readonly Case[] = [
    ...optional('copy of the node', isCopied ? passed(copied) : undefined),
    ...optional('plan for the copy', plan ? same : undefined),
    { name: 'apply', outcome: applyOutcome(rehearsal) },
    ...optional('second plan', second ?? undefined),
    ...optional('rollback', back ?? undefined),
    ...checks.map((one) => ({ name: `check ${one.name}`, outcome: checkOutcome(one) })),
  ]
  return { name: 'netplan rehearse', subject: node, cases }
}

const failure = (rule: 'check' | 'failure', message: string): Finding => ({
  severity: 'error',
  rule,
  message,
  location: undefined,
  key: message,
})

const findings = (rehearsal: Rehearsal): readonly Finding[] => {
  const { diagnostics, exitCode, message, verdict } = rehearsal
  const found = diagnostics.map(diagnosticFinding)
  if (exitCode === 0 || found.some(({ severity }) => severity === 'error')) return found
  const why = message ?? verdict
  // Without a plan there is nothing that could fail.
  return [failure('failure', verdict === 'no-plan' ? why : `apply would fail: ${why}`), ...found]
}

const roomForFrame = 20_000

const markdown = (found: Rehearsal): string => {
  const rehearsal = escapeAll(found)
  const text = rehearsalText(rehearsal, { style: plain, width: 100 }).trimEnd().split('\n')
  const { lines, left } = fitItems(text, mostCharacters - roomForFrame, (line) => [line])
  const more = left > 0 ? [`and ${String(left)} more lines`] : []
  return [
    `### netplan rehearse: ${codeSpan(rehearsal.node)}`,
    '',
    // Names of objects may be in it.
    codeSpan(verdictLine(rehearsal, plain).slice(0, 2000)),
    ...diagnosticsBlock(rehearsal.diagnostics),
    '',
    ...fold('step by step', fence([...lines, ...more], 'diff')),
    '',
  ].join('\n')
}

/** Errors stand with their nodes. */
const warningsOf = ({ nodes }: FleetRehearsal): readonly Diagnostic[] => {
  const said = nodes.map(({ node, diagnostics }) => ({
    node,
    said: diagnostics.filter(({ severity }) => severity === 'warning'),
  }))
  return gather(said).map((one) => ({
    ...one.said,
    message: `${one.said.message} (${namesOf(one.nodes)})`,
  }))
}

const fleetMarkdown = (found: FleetRehearsal): string => {
  const all = fleetRehearsalLines(found, plain)
  const { lines, left } = fitItems(all, mostCharacters - roomForFrame, (line) => [line])
  const more = left > 0 ? [`and ${plural(left, 'line')} more`] : []
  return [
    `### netplan rehearse: ${plural(found.nodes.length, 'node')}`,
    '',
    `**${fleetRehearsalSummary(found)}**`,
    '',
    ...fence([...lines, ...more], 'text'),
    ...diagnosticsBlock(warningsOf(found)),
    '',
  ].join('\n')
}

/** What is no warning of a fleet: its exit code is 2. */
const failedChecks = ({ node, checks }: Rehearsal): readonly Finding[] =>
  checks
    .filter(({ status }) => status === 'failed')
    .map(({ name, detail }) => failure('check', `${node}: ${name}: ${detail}`))

/** The same of several nodes is told once, with their names. */
const fleetFindings = ({ nodes }: FleetRehearsal): readonly Finding[] => {
  const all = nodes.map((one) => ({ node: one.node, said: findings(one) }))
  const told = gather(all).map((one) => ({
    ...one.said,
    message: `${one.said.message}\n(${namesOf(one.nodes)})`,
  }))
  return [...told, ...nodes.flatMap(failedChecks)]
}

const fleetCases = ({ nodes }: FleetRehearsal): readonly Case[] =>
  nodes.flatMap((node) =>
    suite(node).cases.map((one) => ({ ...one, name: `${node.node}: ${one.name}` })),
  )

/** How it would go on all nodes of a fleet. */
export const drawFleetRehearsal = (found: FleetRehearsal, setting: Setting): Drawings =>
  draw(
    {
      markdown: () => fleetMarkdown(found),
      suite: () => ({
        name: 'netplan rehearse --fleet',
        subject: 'netplan',
        cases: fleetCases(found),
      }),
      findings: () => fleetFindings(found),
    },
    setting,
  )

/** How an apply would go. */
export const drawRehearsal = (rehearsal: Rehearsal, setting: Setting): Drawings =>
  draw(
    {
      markdown: () => markdown(rehearsal),
      suite: () => suite(rehearsal),
      findings: () => findings(rehearsal),
    },
    setting,
  )
