import type { Document, ErrorCode, YAMLError } from 'yaml'
import type { Diagnostic } from './diagnostics.ts'
import { makeError } from './report.ts'
import type { SourceFile } from './source.ts'

interface Wording {
  readonly message: string
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
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a mapping cannot start within a value on the same line',
    hint: 'put it on a line of its own, or quotes around the text if it contains ": "',
  },
  BLOCK_IN_FLOW: {
    message: 'a block of lines within [ ] or { }',
    hint: 'is the closing ] or } missing above?',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this line is not "key: value"',
    hint: 'is a ":" missing, with a space behind it?',
  },
  KEY_OVER_1024_CHARS: { message: 'a key of more than 1024 characters' },
  RESOURCE_EXHAUSTION: { message: 'the file takes too much to read' },
}

/**
 * The errors of YAML's parser as diagnostics. Only the first is told, as what follows is mostly its
 * consequence; tabs stand alone, so each line with one is told.
 */
export const describeSyntaxErrors = (
  file: SourceFile,
  documents: readonly Document.Parsed[],
): readonly Diagnostic[] => {
  // Warnings are tags that are not known: their values would be read as if the tag were not there.
  const all = documents.flatMap((document) => [...document.errors, ...document.warnings])
  const sorted = all.toSorted((a, b) => a.pos[0] - b.pos[0])
  const isTab = (error: YAMLError): boolean => error.code === 'TAB_AS_INDENT'
  const told = sorted.filter(
    (error, index) => index === 0 || (isTab(error) && sorted.slice(0, index).every(isTab)),
  )
  const diagnostics = told.map((error) => describeError(file, error))
  return diagnostics.filter(
    ({ location }, index) =>
      index === 0 || location?.line !== diagnostics[index - 1]?.location?.line,
  )
}

const describeError = (file: SourceFile, error: YAMLError): Diagnostic => {
  const [start, end] = error.pos
  const { message, hint } = WORDINGS[error.code] ?? { message: plainMessage(error) }
  return makeError('syntax', message, { file, start: Math.min(start, file.text.length), end }, hint)
}

const plainMessage = ({ message }: YAMLError): string =>
  message.charAt(0).toLowerCase() + message.slice(1).split('\n')[0]
