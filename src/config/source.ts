import type { Location } from './diagnostics.ts'

/** A configuration file as read. */
export interface SourceFile {
  /** As given on the command line, or the folder joined with the name in it. */
  readonly name: string
  readonly text: string
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

const lines = new WeakMap<SourceFile, readonly number[]>()

/** The offset at which each line starts. */
export const lineStartsOf = (file: SourceFile): readonly number[] => {
  const known = lines.get(file)
  if (known) return known
  const starts = findLineStarts(file.text)
  lines.set(file, starts)
  return starts
}

const findLineStarts = (text: string): readonly number[] => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Line and column of a place; one that runs over several lines ends with its first. */
export const locatePlace = (place: Place): Location => {
  const { file } = place
  const { start, end } = spanOf(place)
  const starts = lineStartsOf(file)
  const line = findLine(starts, start)
  const lineStart = starts[line - 1] ?? 0
  const ends = Math.max(Math.min(end, endOfLine(file.text, start)), start + 1)
  return {
    file: file.name,
    line,
    column: start - lineStart + 1,
    endColumn: ends - lineStart + 1,
  }
}

/** The number of the line that the offset is in: the last one that starts at or before it. */
const findLine = (lineStarts: readonly number[], offset: number): number => {
  let low = 0
  let high = lineStarts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lineStarts[middle] ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

const endOfLine = (text: string, offset: number): number => {
  const newline = text.indexOf('\n', offset)
  const end = newline < 0 ? text.length : newline
  return text[end - 1] === '\r' ? end - 1 : end
}
