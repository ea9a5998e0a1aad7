import type { Diagnostic } from '../../config/diagnostics.ts'
import { diagnosticText } from './diagnostic-text.ts'
import { draw } from './drawings.ts'
import type { Drawings } from './drawings.ts'
import { diagnosticFinding } from './finding.ts'
import type { Finding, Setting } from './finding.ts'
import { noTerraformReport } from './gitlab.ts'
import type { Suite } from './junit.ts'
import { diagnosticsBlock, fence } from './markdown.ts'

/** Why a command did not do what it was asked to: the `error` of its JSON. */
export interface Trouble {
  /** `plan`, `check`. */
  readonly command: string
  readonly code: string
  readonly message: string
  readonly diagnostics: readonly Diagnostic[]
}

const markdown = ({ command, message, diagnostics }: Trouble): string =>
  [
    `### netplan ${command}: failed`,
    '',
    ...fence([message], 'text'),
    ...diagnosticsBlock(diagnostics),
    '',
  ].join('\n')

const suite = ({ command, code, message, diagnostics }: Trouble): Suite => {
  const text = diagnostics.map(diagnosticText).join('\n')
  const outcome = { kind: 'error', type: code, message, text } as const
  return { name: `netplan ${command}`, subject: 'netplan', cases: [{ name: command, outcome }] }
}

/** All that has a place; where nothing has, what was said on the whole. */
const findings = ({ message, diagnostics }: Trouble): readonly Finding[] =>
  diagnostics.some(({ severity }) => severity === 'error')
    ? diagnostics.map(diagnosticFinding)
    : [
        { severity: 'error', rule: 'failure', message, location: undefined, key: message },
        ...diagnostics.map(diagnosticFinding),
      ]

/** A command that failed, so that a pipeline's reports say so, and are not those of an earlier run. */
export const drawFailure = (trouble: Trouble, setting: Setting): Drawings => {
  const drawings = draw(
    {
      markdown: () => markdown(trouble),
      suite: () => suite(trouble),
      findings: () => findings(trouble),
    },
    setting,
  )
  return trouble.command === 'plan' ? { ...drawings, gitlab: () => noTerraformReport } : drawings
}
