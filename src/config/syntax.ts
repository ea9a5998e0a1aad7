import type { CST, Document, ErrorCode, YAMLError } from 'yaml'
import type { Diagnostic } from './diagnostics.ts'
import { makeError } from './report.ts'
import type { SourceFile } from './source.ts'
import { findUnclosed } from './tokens.ts'

interface Wording {
  readonly message?: string
  readonly hint?: string
}

/** In our own words where the parser's are hard to follow; the others are passed on. */
const WORDINGS: Partial<Record<ErrorCode, Wording>> = {
  TAB_AS_INDENT: {
    message: 'a tab in the indentation',
    hint: 'YAML indents with spaces only',
  },
  BAD_INDENT: {
    message: 'the indentation does not match the lines above',
    hint: 'keys of one mapping start in the same column',
  },
  BAD_SCALAR_START: {
    message: 'a value cannot start with this character',
    hint: 'put quotes around the value',
  },
  BAD_ALIAS: { hint: 'a value that starts with "*" must be in quotes' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second ": " in one line',
    hint: 'put quotes around the text, or the mapping on the lines below',
  },
  BLOCK_IN_FLOW: {
    message: 'lines of "key: value" or "- item" within [ ] or { }',
    hint: 'is the closing ] or } missing above?',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this line is not "key: value"',
    hint: 'is the ":" missing, or the space behind it?',
  },
  UNEXPECTED_TOKEN: {
    message: 'this does not fit behind what stands before it',
    hint: 'text behind a closing quote or bracket, or list items beside keys?',
  },
  KEY_OVER_1024_CHARS: { message: 'a key of more than 1024 characters' },
  RESOURCE_EXHAUSTION: { message: 'the file takes too much to read' },
  TAG_RESOLVE_FAILED: {
    hint: 'netplan has no tags; a value that starts with "!" must be in quotes',
  },
}

/** Mistakes that the text tells better than the parser, which sees it one character further. */
const SPECIALS: readonly (Wording & { readonly at: string })[] = [
  { at: '${', message: 'within { } and [ ], "${...}" must be in quotes' },
  {
    at: ' - ',
    message: 'a list item beside keys',
    hint: 'either all of these lines start with "- ", or none',
  },
]

const INDENTED_BELOW: Wording = {
  message: 'this has a value, and the line below is indented as if it had keys too',
  hint: 'indent both lines alike',
}

/**
 * The errors of YAML's parser as diagnostics. Only the first is told, as what follows is mostly its
 * consequence; tabs stand alone, so each line with one is told.
 */
export const describeSyntaxErrors = (
  file: SourceFile,
  tokens: readonly CST.Token[],
  documents: readonly Document.Parsed[],
): readonly Diagnostic[] => {
  // Warnings are tags that are not known: their values would be read as if the tag were not there.
  const all = documents.flatMap((document) => [...document.errors, ...document.warnings])
  const errors = all.toSorted((a, b) => a.pos[0] - b.pos[0])
  const [first] = errors
  if (!first) return []
  const tabs = errors.slice(0, errors.findIndex((error) => !isTab(error)) >>> 0)
  if (tabs.length > 0) return firstOfLines(tabs.map((error) => describeError(file, error)))
  const unclosed = findUnclosed(file, tokens)
  if (unclosed) return [unclosed]
  const special = SPECIALS.find(({ at }) => file.text.startsWith(at, startOf(file, first) - 1))
  if (special) return [describeError(file, first, special)]
  const isBelow = errors.some(
    ({ code, pos }) => code === 'MULTILINE_IMPLICIT_KEY' && pos[0] === first.pos[0],
  )
  const isSecond = first.code === 'BLOCK_AS_IMPLICIT_KEY' && isBelow
  return [describeError(file, first, isSecond ? INDENTED_BELOW : WORDINGS[first.code])]
}

const isTab = ({ code }: YAMLError): boolean => code === 'TAB_AS_INDENT'

const firstOfLines = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(
    ({ location }, index) => location?.line !== diagnostics[index - 1]?.location?.line,
  )

const describeError = (
  file: SourceFile,
  error: YAMLError,
  wording: Wording = WORDINGS[error.code] ?? {},
): Diagnostic => {
  const start = startOf(file, error)
  const place = { file, start, end: Math.max(start + 1, error.pos[1]) }
  return makeError('syntax', wording.message ?? plainMessage(error), place, wording.hint)
}

/** The parser means a line's text where it names its indentation, but for tabs. */
const startOf = ({ text }: SourceFile, error: YAMLError): number => {
  let [start] = error.pos
  while (!isTab(error) && text[start] === ' ') start += 1
  return Math.min(start, text.length)
}

const plainMessage = ({ message }: YAMLError): string =>
  message.charAt(0).toLowerCase() + (message.slice(1).split('\n')[0] ?? '')
