import type { Location } from './diagnostics.ts'

/** A configuration file as read. */
export interface SourceFile {
  /** As given on the command line, or the folder joined with the name in it. */
  readonly name: string
  readonly text: string
  /** It comes from beyond this machine: whoever wrote it has no business with its environment. */
  readonly remote?: boolean
}

/** A stretch of a text, in UTF-16 units from its beginning. */
export interface Span {
  readonly start: number
  readonly end: number
}

interface Stretch extends Span {
  readonly file: SourceFile
}

/** A stretch of a file, or what finds it: of many values nobody asks where they stand. */
export type Place = Stretch | { readonly file: SourceFile; readonly find: () => Span }

/** From where to where a place is. */
export const spanOf = (place: Place): Span => ('find' in place ? place.find() : place)

/** The name that stands for standard input where a file is named. */
const STDIN_NAME = '<stdin>'

/** A file as a person is told of it. */
export const shownName = (file: string): string => (file === '-' ? STDIN_NAME : file)

/** The lines of a file. */
interface Lines {
  /** The offset at which each of them starts. */
  readonly starts: readonly number[]
  /** The one that was looked for last: the next one is often near. */
  last: number
}

const files = new WeakMap<SourceFile, Lines>()

const linesOf = (file: SourceFile): Lines => {
  const known = files.get(file)
  if (known) return known
  const lines = { starts: findLineStarts(file.text), last: 1 }
  files.set(file, lines)
  return lines
}

const findLineStarts = (text: string): readonly number[] => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The offset of a line and column, which count from 1. */
export const offsetOf = (file: SourceFile, line: number, column: number): number =>
  (linesOf(file).starts[line - 1] ?? 0) + column - 1

/** Line and column of a place; one that runs over several lines ends with its first. */
export const locatePlace = (place: Place): Location => {
  const { file } = place
  const { start, end } = spanOf(place)
  const lines = linesOf(file)
  const line = findLine(lines, start)
  const lineStart = lines.starts[line - 1] ?? 0
  const ends = Math.max(Math.min(end, endOfLine(file.text, lines.starts[line])), start + 1)
  return {
    file: file.name,
    line,
    column: start - lineStart + 1,
    endColumn: ends - lineStart + 1,
  }
}

/** So many lines are looked at before all are. */
const NEAR = 8

/** The number of the line that the offset is in: the last one that starts at or before it. */
const findLine = (lines: Lines, offset: number): number => {
  const { starts, last } = lines
  let low = (starts[last - 1] ?? 0) <= offset ? last : 0
  let high = starts.length
  const near = low > 0 ? starts[low + NEAR] : undefined
  if (near !== undefined && near > offset) high = low + NEAR
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  lines.last = low
  return low
}

/** By where the next line starts: to look for its end would take as long as a line is, and a file may be one. */
const endOfLine = (text: string, next = text.length + 1): number => {
  const end = next - 1
  return text[end - 1] === '\r' ? end - 1 : end
}
