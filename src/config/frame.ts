import { escapeControls, escapeLine } from '../net/controls.ts'
import type { Diagnostic, Location } from './diagnostics.ts'
import { wrapText } from './words.ts'

const WIDTH = 100
const TAB = 4
const MOST = 100

type TextOf = (file: string) => string | undefined

/** All diagnostics as text, with an empty line between; of more than a hundred, the count of the rest. */
export const formatDiagnostics = (diagnostics: readonly Diagnostic[], textOf: TextOf): string => {
  const shown = diagnostics.slice(0, MOST).map((diagnostic) => formatDiagnostic(diagnostic, textOf))
  const left = diagnostics.length - shown.length
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('\n\n')
}

/** One diagnostic as text: place and message, the line it is about, a caret below the value, and the hint. */
export const formatDiagnostic = (diagnostic: Diagnostic, textOf: TextOf): string => {
  const { severity, location, related } = diagnostic
  // What a program says may have several lines: none of them begins as one of ours, or of a pipeline's commands.
  const message = escapeControls(diagnostic.message).replaceAll('\n', '\n  | ')
  const hint = diagnostic.hint === undefined ? undefined : escapeControls(diagnostic.hint)
  const frame = location ? drawFrame(location, textOf, hint) : undefined
  return [
    `${location ? `${formatLocation(location)}: ` : ''}${severity}: ${message}`,
    ...(frame ?? (hint === undefined ? [] : [`  ${hint}`])),
    ...(related
      ? [`${formatLocation(related)}: also here`, ...(drawFrame(related, textOf) ?? [])]
      : []),
  ].join('\n')
}

const formatLocation = ({ file, line, column }: Location): string =>
  `${escapeLine(file)}:${line}:${column}`

const drawFrame = (
  location: Location,
  textOf: TextOf,
  hint?: string,
): readonly string[] | undefined => {
  const line = textOf(location.file)?.split('\n', location.line)[location.line - 1]
  if (line === undefined) return undefined
  const { text, start, length } = showWindow(line.replace(/\r$/, ''), location)
  const number = String(location.line).padStart(3)
  const gutter = `${' '.repeat(number.length)} | `
  const carets = ' '.repeat(start) + '^'.repeat(length)
  const fits = hint !== undefined && `${carets} ${hint}`.length <= WIDTH
  return [
    `${number} | ${text}`.trimEnd(),
    `${gutter}${carets}${fits ? ` ${hint}` : ''}`,
    ...(hint === undefined || fits ? [] : wrapText(hint, WIDTH).map((row) => gutter + row)),
  ]
}

/** The part of a line around the value that fits on a screen, tabs as spaces. */
const showWindow = (
  line: string,
  { column, endColumn = column + 1 }: Location,
): { readonly text: string; readonly start: number; readonly length: number } => {
  const near = Math.max(0, column - 1 - WIDTH)
  const before = printable(line.slice(near, column - 1))
  const value = printable(line.slice(column - 1, Math.min(endColumn - 1, column + WIDTH)))
  const after = printable(line.slice(endColumn - 1, endColumn + WIDTH))
  const room = Math.max(WIDTH / 2, WIDTH - value.length - 10)
  const lead = near > 0 || before.length > room ? `…${before.slice(1 - room)}` : before
  const whole = lead + value + after
  const text =
    whole.length > WIDTH + 1 || endColumn + WIDTH < line.length
      ? `${whole.slice(0, WIDTH)}…`
      : whole
  return {
    text,
    start: lead.length,
    length: Math.max(1, Math.min(value.length, WIDTH - lead.length)),
  }
}

const printable = (text: string): string => escapeControls(text.replaceAll('\t', ' '.repeat(TAB)))
