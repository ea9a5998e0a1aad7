import { isPlanned } from '../fleet-document.ts'
import type { FleetNodeDocument, FleetSummary } from '../fleet-document.ts'
import { countsText, plural } from '../counts.ts'
import { statusTexts, summaryText } from '../fleet.ts'
import { diagnosticText } from './diagnostic-text.ts'
import { draw } from './drawings.ts'
import type { Drawings } from './drawings.ts'
import { diagnosticFinding } from './finding.ts'
import type { Finding, Setting } from './finding.ts'
import { gather, namesOf } from './gather.ts'
import { terraformReport } from './gitlab.ts'
import type { Case, Outcome, Suite } from './junit.ts'
import { fence, fitItems, mostCharacters } from './markdown.ts'

/** What became of a node, without what changes on it: there may be thousands. */
export type NodeOutcome = Pick<FleetNodeDocument, 'node' | 'status' | 'summary' | 'diagnostics'>

export interface FleetReport {
  readonly summary: FleetSummary
  readonly outcomes: readonly NodeOutcome[]
}

interface FleetAccount extends FleetReport {
  /** The table, as it is kept in a file. */
  readonly text: () => string
}

const roomForFrame = 500

const markdown = ({ summary, text }: FleetAccount): string => {
  // The last line is the summary, which stands above.
  const table = text().trimEnd().split('\n').slice(0, -1)
  const { lines, left } = fitItems(table, mostCharacters - roomForFrame, (line) => [line])
  const more = left > 0 ? [`and ${plural(left, 'line')} more`] : []
  return [
    `### netplan plan: ${plural(summary.nodes, 'node')}`,
    '',
    `**${summaryText(summary)}**`,
    '',
    ...fence([...lines, ...more].join('\n').trimEnd().split('\n'), 'text'),
    '',
  ].join('\n')
}

const isTrouble = ({ status }: NodeOutcome): boolean => !isPlanned(status) && status !== 'removed'

const outcomeOf = (one: NodeOutcome): Outcome => {
  const { status, summary, diagnostics } = one
  const text = diagnostics.map(diagnosticText)
  const refused = diagnostics.find(({ severity }) => severity === 'error')
  if (isPlanned(status) && refused) {
    const { code: type, message } = refused
    return { kind: 'failure', type, message, text: text.join('\n') }
  }
  if (isPlanned(status))
    return { kind: 'passed', output: [countsText(summary), ...text].join('\n') }
  const message = statusTexts[status]
  return isTrouble(one)
    ? { kind: 'error', type: status, message, text: text.join('\n') }
    : { kind: 'passed', output: message }
}

const suite = ({ outcomes }: FleetReport): Suite => ({
  name: 'netplan plan --fleet',
  subject: 'netplan',
  cases: outcomes.map((one): Case => ({ name: one.node, outcome: outcomeOf(one) })),
})

const findings = ({ outcomes }: FleetReport): readonly Finding[] => {
  const said = outcomes.map(({ node, diagnostics }) => ({ node, said: diagnostics }))
  const told = gather(said).map(({ said: diagnostic, nodes }) => {
    const finding = diagnosticFinding(diagnostic)
    return { ...finding, message: `${finding.message}\n(${namesOf(nodes)})` }
  })
  const absent = outcomes.flatMap(({ node, status, diagnostics }): readonly Finding[] => {
    if (isPlanned(status) || status === 'removed' || diagnostics.length > 0) return []
    const message = `${node}: ${statusTexts[status]}`
    return [{ severity: 'error', rule: 'failure', message, location: undefined, key: message }]
  })
  return [...told, ...absent]
}

/** The plans of all nodes: what stands at a line are problems alone, for changes are those of nodes. */
export const drawFleet = (account: FleetAccount, setting: Setting): Drawings => ({
  ...draw(
    {
      markdown: () => markdown(account),
      suite: () => suite(account),
      findings: () => findings(account),
    },
    setting,
  ),
  gitlab: () => terraformReport(account.summary),
})
