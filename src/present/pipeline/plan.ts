import { plural } from '../counts.ts'
import { blockLines, markerOf } from '../blocks.ts'
import type { Block } from '../blocks.ts'
import type { ChangeDocument, PlanDocument } from '../document.ts'
import { refusalOf } from '../fail-on.ts'
import type { FailKind } from '../fail-on.ts'
import { foldGroups } from '../fold.ts'
import { noChanges } from '../nothing.ts'
import { plain } from '../style.ts'
import { escapeAll } from '../../net/controls.ts'
import { diagnosticFinding } from './finding.ts'
import type { Finding, Setting } from './finding.ts'
import { draw } from './drawings.ts'
import type { Drawings } from './drawings.ts'
import { terraformReport } from './gitlab.ts'
import type { Case, Suite } from './junit.ts'
import { planMarkdown } from './plan-markdown.ts'
import type { PlanReport } from './plan-markdown.ts'

type Verbs = Readonly<Record<ReturnType<typeof markerOf>, string>>

/** What a plan says of an object. */
const planned: Verbs = {
  '+': 'would be added',
  '~': 'would be changed',
  '-/+': 'would be replaced',
  '-': 'would be destroyed',
}

/** What a check says of it. */
const drifted: Verbs = {
  '+': 'is missing',
  '~': 'differs',
  '-/+': 'differs, and would be replaced',
  '-': 'is there, and is not to be',
}

const blocksOf = ({ changes }: PlanDocument): readonly Block[] => foldGroups(escapeAll(changes))

const sourceOf = ({ changes }: Block): ChangeDocument['source'] =>
  changes.find(({ source }) => source !== null)?.source ?? null

/** Why, where no line asks for it; else it stands in the diff. */
const reasonsOf = (block: Block): string => {
  if (sourceOf(block)) return ''
  const { changes } = block
  const reasons = new Set(changes.map(({ reason }) => reason).filter((one) => one !== null))
  return reasons.size === 0 ? '' : ` (${[...reasons].join(', ')})`
}

const sentenceOf = (block: Block, verbs: Verbs): string =>
  `${block.title} ${verbs[markerOf(block)]}${reasonsOf(block)}`

const diffOf = (block: Block): readonly string[] =>
  blockLines(block, { style: plain, full: false, width: 80 })

const diffText = (block: Block): string => diffOf(block).join('\n')

const mostLines = 20

/** An annotation has room for some lines. */
const messageOf = (block: Block, verbs: Verbs): string => {
  const [, ...lines] = diffOf(block)
  const more = lines.length - mostLines
  const cut = more > 0 ? [...lines.slice(0, mostLines), `and ${plural(more, 'line')} more`] : lines
  return [sentenceOf(block, verbs), ...cut].join('\n')
}

const mayLockOut = ({ changes }: Block): boolean => changes.some(({ lockout }) => lockout !== null)

const findingOf = (
  block: Block,
  verbs: Verbs,
  { severity, rule }: Pick<Finding, 'severity' | 'rule'>,
): Finding => ({
  severity,
  rule,
  message: messageOf(block, verbs),
  location: sourceOf(block) ?? undefined,
  key: `${markerOf(block)} ${block.title}`,
})

/** How bad a change is: what the pipeline refuses, and what may lock out. */
const gradeOf = (block: Block, failOn: readonly FailKind[]): Pick<Finding, 'severity' | 'rule'> => {
  const refusal = refusalOf(block, failOn)
  if (refusal) return { severity: 'error', rule: refusal.code }
  return mayLockOut(block)
    ? { severity: 'warning', rule: 'lockout' }
    : { severity: 'note', rule: 'change' }
}

const planFindings = (report: PlanReport): readonly Finding[] => {
  const { document, diagnostics, failOn = [] } = report
  const changes = blocksOf(document).map((block) =>
    findingOf(block, planned, gradeOf(block, failOn)),
  )
  return [...diagnostics.map(diagnosticFinding), ...changes]
}

const driftFindings = ({ document, diagnostics }: PlanReport): readonly Finding[] => [
  ...diagnostics.map(diagnosticFinding),
  ...blocksOf(document).map((block) =>
    findingOf(block, drifted, { severity: 'error', rule: 'drift' }),
  ),
]

const matches = 'the node matches its configuration'

/** What is wrong with the plan as a whole, as its limits. */
const wholeCases = ({ diagnostics }: PlanReport): readonly Case[] =>
  diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code: type, message }) => ({
      name: `the plan as a whole: ${type}`,
      outcome: { kind: 'failure', type, message, text: '' },
    }))

const suiteOf = (report: PlanReport, command: string, caseOf: (block: Block) => Case): Suite => {
  const { document } = report
  const cases = [...wholeCases(report), ...blocksOf(document).map(caseOf)]
  // A suite without a case counts as a mistake with many readers.
  const all = cases.length > 0 ? cases : [{ name: matches, outcome: { kind: 'passed' as const } }]
  return { name: `netplan ${command}`, subject: document.node, cases: all }
}

const planSuite = (report: PlanReport): Suite =>
  suiteOf(report, 'plan', (block) => {
    const { title: name } = block
    const refusal = refusalOf(block, report.failOn ?? [])
    if (!refusal) return { name, outcome: { kind: 'passed', output: diffText(block) } }
    const { code: type, message } = refusal
    return { name, outcome: { kind: 'failure', type, message, text: diffText(block) } }
  })

const driftSuite = (report: PlanReport): Suite =>
  suiteOf(report, 'check', (block) => ({
    name: block.title,
    outcome: {
      kind: 'failure',
      type: 'drift',
      message: sentenceOf(block, drifted),
      text: diffText(block),
    },
  }))

/** A plan, for who decides whether it is to be: a change is nothing bad. */
export const drawPlan = (report: PlanReport, setting: Setting): Drawings => ({
  ...draw(
    {
      markdown: () =>
        planMarkdown(report, {
          title: 'netplan plan',
          nothing: noChanges,
          something: '',
        }),
      suite: () => planSuite(report),
      findings: () => planFindings(report),
    },
    setting,
  ),
  gitlab: () => terraformReport(report.document.summary),
})

/** A plan, for who wants none: each change is drift. */
export const drawDrift = (report: PlanReport, setting: Setting): Drawings =>
  draw(
    {
      markdown: () =>
        planMarkdown(report, {
          title: 'netplan check',
          nothing: 'No drift. This node matches its configuration.',
          something: 'This node differs from its configuration: ',
        }),
      suite: () => driftSuite(report),
      findings: () => driftFindings(report),
    },
    setting,
  )
