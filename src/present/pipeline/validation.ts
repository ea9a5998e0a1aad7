import type { Diagnostic } from '../../config/diagnostics.ts'
import { plural } from '../counts.ts'
import type { ValidationDocument } from '../validation.ts'
import { diagnosticText } from './diagnostic-text.ts'
import { draw } from './drawings.ts'
import type { Drawings } from './drawings.ts'
import { diagnosticFinding } from './finding.ts'
import type { Setting } from './finding.ts'
import type { Case, Outcome, Suite } from './junit.ts'
import { codeSpan, diagnosticsBlock } from './markdown.ts'

type Validation = Pick<ValidationDocument, 'valid' | 'files' | 'objects' | 'nodes' | 'diagnostics'>

const verdict = ({ valid, objects, nodes, diagnostics }: Validation): string => {
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length
  if (!valid) return `**Invalid**: ${plural(diagnostics.length - warnings, 'error')}`
  const fleet = nodes ? `${plural(Object.keys(nodes).length, 'node')}, ` : ''
  const remark = warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`
  return `**Valid**: ${fleet}${plural(objects, 'object')}${remark}`
}

const markdown = (validation: Validation): string => {
  const files = validation.files.map(codeSpan).join(', ')
  return [
    `### netplan validate: ${files}`,
    '',
    verdict(validation),
    ...diagnosticsBlock(validation.diagnostics),
    '',
  ].join('\n')
}

const outcomeOf = (diagnostics: readonly Diagnostic[]): Outcome => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const text = diagnostics.map(diagnosticText).join('\n')
  const [first] = errors
  if (!first) return { kind: 'passed', output: text }
  const more = errors.length === 1 ? '' : `, and ${plural(errors.length - 1, 'error')} more`
  return { kind: 'failure', type: first.code, message: `${first.message}${more}`, text }
}

/** A case for each file, and one for what is of no file. */
const suite = ({ files, diagnostics }: Validation): Suite => {
  const cases = files.map((file): Case => {
    const own = diagnostics.filter(({ location }) => location?.file === file)
    return { name: file, outcome: outcomeOf(own) }
  })
  const others = diagnostics.filter(({ location }) => !files.includes(location?.file ?? ''))
  const rest = others.length > 0 ? [{ name: 'configuration', outcome: outcomeOf(others) }] : []
  return { name: 'netplan validate', subject: 'netplan', cases: [...cases, ...rest] }
}

/** What is wrong with a configuration, or that nothing is. */
export const drawValidation = (validation: Validation, setting: Setting): Drawings =>
  draw(
    {
      markdown: () => markdown(validation),
      suite: () => suite(validation),
      findings: () => validation.diagnostics.map(diagnosticFinding),
    },
    setting,
  )
