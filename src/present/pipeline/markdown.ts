import type { Diagnostic } from '../../config/diagnostics.ts'
import { escapeControls, escapeLine } from '../../net/controls.ts'
import { diagnosticText } from './diagnostic-text.ts'

/** Below what GitHub takes for a comment (65,536), with room for a line of whoever posts it. */
export const mostCharacters = 64_000

const longest = (runs: readonly string[]): number =>
  Math.max(0, ...runs.map(({ length }) => length))

/** A text as code within a line: nothing of it is Markdown, names a person or points at an issue. */
export const codeSpan = (text: string): string => {
  const line = escapeLine(text)
  const ticks = '`'.repeat(longest(line.match(/`+/g) ?? []) + 1)
  const padding = /^[` ]|[` ]$/.test(line) || line === '' ? ' ' : ''
  return `${ticks}${padding}${line}${padding}${ticks}`
}

/** Lines as a block of code. What follows a line break within one is indented, so that it cannot end the block. */
export const fence = (lines: readonly string[], language: string): readonly string[] => {
  const text = lines.map((line) => escapeControls(line).replaceAll('\n', '\n    ')).join('\n')
  const ticks = '`'.repeat(Math.max(3, longest(text.match(/^ {0,3}`+/gm) ?? []) + 1))
  return [`${ticks}${language}`, text, ticks]
}

/** What is folded away below a title, which is ours. */
export const fold = (title: string, lines: readonly string[]): readonly string[] => [
  `<details><summary>${title}</summary>`,
  '',
  ...lines,
  '',
  '</details>',
]

export const lengthOf = (lines: readonly string[]): number =>
  lines.reduce((sum, { length }) => sum + length + 1, 0)

/** As many as there is room for, whole, and how many more there are. */
export const fitItems = <T>(
  items: readonly T[],
  room: number,
  draw: (item: T) => readonly string[],
): { readonly lines: readonly string[]; readonly left: number } => {
  const lines: string[] = []
  let rest = room
  for (const [index, item] of items.entries()) {
    const drawn = draw(item)
    rest -= lengthOf(drawn)
    if (rest < 0) return { lines, left: items.length - index }
    lines.push(...drawn)
  }
  return { lines, left: 0 }
}

const roomForDiagnostics = 16_000

/** What is wrong, or hardly meant, in a block; empty if nothing. */
export const diagnosticsBlock = (diagnostics: readonly Diagnostic[]): readonly string[] => {
  if (diagnostics.length === 0) return []
  const { lines, left } = fitItems(diagnostics, roomForDiagnostics, (one) => [diagnosticText(one)])
  const more = left > 0 ? [`and ${String(left)} more`] : []
  return ['', ...fence([...lines, ...more], 'text')]
}
