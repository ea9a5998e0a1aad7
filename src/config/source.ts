import type { Location } from './diagnostics.ts'

/** A configuration file as read. */
export interface SourceFile {
  /** As given on the command line, or the folder joined with the name in it. */
  readonly name: string
  readonly text: string
  /** The offset at which each line starts. */
  readonly lineStarts: readonly number[]
}

/** A stretch of a file, in UTF-16 units from its beginning. */
export interface Place {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
}

/** The name that stands for standard input where a file is named. */
const STDIN_NAME = '<stdin>'

/** A file as a person is told of it. */
export const shownName = (file: string): string => (file === '-' ? STDIN_NAME : file)

export const makeSourceFile = (name: string, text: string): SourceFile => {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lineStarts.push(at + 1)
  }
  return { name, text, lineStarts }
}

/** Line and column of a place; one that runs over several lines ends with its first. */
export const locatePlace = ({ file, start, end }: Place): Location => {
  const line = findLine(file.lineStarts, start)
  const lineStart = file.lineStarts[line - 1] ?? 0
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
