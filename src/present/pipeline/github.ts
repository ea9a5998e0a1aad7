import { escapeControls } from '../../net/controls.ts'
import { pathOf, sortFindings } from './finding.ts'
import type { Finding, Setting } from './finding.ts'

const codes: Readonly<Record<string, string>> = {
  '%': '%25',
  '\r': '%0D',
  '\n': '%0A',
  ':': '%3A',
  ',': '%2C',
}

/** What GitHub's runner turns back: in a message, and in the properties before it. */
const escapeData = (text: string): string =>
  escapeControls(text).replace(/[%\r\n]/g, (one) => codes[one] ?? one)

const escapeProperty = (text: string): string =>
  escapeControls(text).replace(/[%\r\n:,]/g, (one) => codes[one] ?? one)

const commands = { error: 'error', warning: 'warning', note: 'notice' } as const

const commandOf = (one: Finding, setting: Setting): string => {
  const { location } = one
  const place: readonly (readonly [string, string])[] = location
    ? [
        ['file', pathOf(location.file, setting)],
        ['line', String(location.line)],
        ['col', String(location.column)],
        ['endColumn', String(location.endColumn ?? location.column + 1)],
      ]
    : []
  const properties = [...place, ['title', `netplan: ${one.rule}`] as const]
  const text = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',')
  return `::${commands[one.severity]} ${text}::${escapeData(one.message)}\n`
}

/** What is of one kind at one place is one annotation: one line may ask for many objects. */
const mergeSame = (findings: readonly Finding[]): readonly Finding[] => {
  const merged = new Map<string, Finding>()
  for (const [index, one] of findings.entries()) {
    const { severity, rule, location = index } = one
    const key = JSON.stringify([severity, rule, location])
    const before = merged.get(key)
    merged.set(key, before ? { ...before, message: `${before.message}\n${one.message}` } : one)
  }
  return [...merged.values()]
}

/**
 * Findings as workflow commands, which GitHub shows at their lines. Of each severity it shows ten a step, so the
 * worst come first.
 */
export const github = (findings: readonly Finding[], setting: Setting): string =>
  sortFindings(mergeSame(findings))
    .map((one) => commandOf(one, setting))
    .join('')
