import { Composer, isScalar, Lexer, Parser, type CST, type Document, type ParsedNode } from 'yaml'
import type { Diagnostic } from './diagnostics.ts'
import { parseJson } from './json.ts'
import type { Located } from './located.ts'
import { locateNodes } from './nodes.ts'
import { makeError } from './report.ts'
import type { SourceFile } from './source.ts'
import { describeSyntaxErrors } from './syntax.ts'
import { visitTokens } from './tokens.ts'

/** A file as values with places; no root if it is empty or cannot be read as YAML. */
export interface ParsedFile {
  readonly file: SourceFile
  readonly root?: Located
  readonly diagnostics: readonly Diagnostic[]
}

/** Some 40,000 lines; more would take hundreds of megabytes. */
const MAX_LEXEMES = 400_000

/** A configuration nests some eight levels deep. The composer recurses, and V8 may abort where it runs out of stack. */
const MAX_DEPTH = 100

const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/

/** Reads one YAML 1.2 document (core schema). Never throws, whatever the text. */
export const parseFile = (file: SourceFile): ParsedFile => {
  const json = parseJson(file)
  // JSON has no control characters but these two.
  const isClean = json && !file.text.includes('\x7f') && !file.text.includes('\r')
  const control = isClean ? undefined : findControl(file)
  if (control) return { file, diagnostics: [control] }
  if (json) return { file, root: json, diagnostics: [] }
  const fail = (message: string, start: number, hint?: string): ParsedFile => ({
    file,
    diagnostics: [makeError('syntax', message, { file, start, end: start + 1 }, hint)],
  })
  const tokens = tokenize(file.text)
  if (!tokens) return fail(`the file is too large: more than ${MAX_LEXEMES} YAML tokens`, 0)
  const tooDeep = findTooDeep(tokens)
  if (tooDeep !== undefined) return fail(`more than ${MAX_DEPTH} levels of nesting`, tooDeep)

  const documents = composeDocuments(tokens)
  const [first, second] = documents.map(({ contents }) => contents).filter(hasContents)
  const syntax = describeSyntaxErrors(file, tokens, documents)
  if (syntax.length > 0) return { file, diagnostics: syntax }
  if (second) {
    const [start] = second.range
    return fail(
      'a second document starts here',
      start,
      'one document a file: split it, and name both with -f',
    )
  }
  return first ? { file, ...locateNodes(file, first) } : { file, diagnostics: [] }
}

/** YAML has no control characters, and a terminal would obey those in an error message. */
const findControl = (file: SourceFile): Diagnostic | undefined => {
  const found = CONTROL.exec(file.text)
  if (!found) return undefined
  const code = file.text.charCodeAt(found.index).toString(16).toUpperCase().padStart(4, '0')
  const place = { file, start: found.index, end: found.index + 1 }
  return makeError('read', `not a text file: it has the control character U+${code}`, place)
}

/** What stands behind a `---` at the end of a file is a document too, with nothing in it. */
const hasContents = (node: ParsedNode | null): node is ParsedNode =>
  node !== null && !(isScalar(node) && node.source === '')

const tokenize = (text: string): readonly CST.Token[] | undefined => {
  const lexer = new Lexer()
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let count = 0
  for (const lexeme of lexer.lex(text)) {
    if (++count > MAX_LEXEMES) return undefined
    tokens.push(...parser.next(lexeme))
  }
  tokens.push(...parser.end())
  return tokens
}

// Keys are compared by `locateNodes`, which is faster for large maps and knows both places.
const composeDocuments = (tokens: readonly CST.Token[]): readonly Document.Parsed[] => {
  const options = { schema: 'core', uniqueKeys: false, resolveKnownTags: false } as const
  const composed = new Composer(options).compose(tokens)
  return [...composed] as Document.Parsed[]
}

const findTooDeep = (tokens: readonly CST.Token[]): number | undefined => {
  let found: number | undefined
  visitTokens(tokens, ({ offset }, depth) => {
    if (depth > MAX_DEPTH) found = Math.min(found ?? offset, offset)
  })
  return found
}
