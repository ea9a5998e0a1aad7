import { remarkOf, summaryOf } from '../probes.ts'
import type { ProbesDocument } from '../probes.ts'
import { draw } from './drawings.ts'
import type { Drawings } from './drawings.ts'
import type { Finding, Setting } from './finding.ts'
import type { Case, Suite } from './junit.ts'
import { codeSpan, fence, fitItems, mostCharacters } from './markdown.ts'

type Check = ProbesDocument['checks'][number]

const roomForFrame = 500

const markdown = ({ node, checks }: ProbesDocument): string => {
  const head = [`### netplan check: ${codeSpan(node)}`, '', `**${summaryOf(checks)}**`]
  if (checks.length === 0) return [...head, ''].join('\n')
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lineOf = (one: Check): string => {
    const word = one.ok ? '+ ok    ' : '- FAILED'
    return `${word}  ${one.name.padEnd(width)}  ${remarkOf(one)}`.trimEnd()
  }
  // What failed comes first, for it is what somebody looks for.
  const sorted = checks.toSorted((a, b) => Number(a.ok) - Number(b.ok))
  const { lines, left } = fitItems(sorted, mostCharacters - roomForFrame, (one) => [lineOf(one)])
  const more = left > 0 ? [`and ${String(left)} more`] : []
  return [...head, '', ...fence([...lines, ...more], 'diff'), ''].join('\n')
}

const none: Case = { name: 'no checks in this configuration', outcome: { kind: 'passed' } }

const suite = ({ node, checks }: ProbesDocument): Suite => ({
  name: 'netplan check --probes',
  subject: node,
  // A suite without a case counts as a mistake with many readers.
  cases:
    checks.length === 0
      ? [none]
      : checks.map((one): Case => {
          const { name, ok, detail, kind, milliseconds } = one
          const outcome = ok
            ? ({ kind: 'passed', output: detail } as const)
            : ({
                kind: 'failure',
                type: kind,
                message: detail,
                text: `${name}: ${detail}`,
              } as const)
          return { name, outcome, milliseconds: milliseconds ?? undefined }
        }),
})

const findings = ({ checks }: ProbesDocument): readonly Finding[] =>
  checks
    .filter(({ ok }) => !ok)
    .map(({ name, detail, source }) => ({
      severity: 'error',
      rule: 'check',
      message: `${name}: ${detail}`,
      location: source ?? undefined,
      key: name,
    }))

/** What became of the checks of a configuration. */
export const drawProbes = (document: ProbesDocument, setting: Setting): Drawings =>
  draw(
    {
      markdown: () => markdown(document),
      suite: () => suite(document),
      findings: () => findings(document),
    },
    setting,
  )
