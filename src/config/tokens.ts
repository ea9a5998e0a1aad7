import type { CST } from 'yaml'
import { makeError } from './report.ts'
import type { Diagnostic } from './diagnostics.ts'
import type { SourceFile } from './source.ts'

/** Visits all tokens, in no particular order. Keeps a stack of its own: the nesting may be without bound. */
export const visitTokens = (
  tokens: readonly CST.Token[],
  visit: (token: CST.Token, depth: number) => void,
): void => {
  const stack = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    visit(next.token, next.depth)
    for (const child of childTokens(next.token)) stack.push({ token: child, depth: next.depth + 1 })
  }
}

/**
 * The first bracket or quote that is not closed. YAML's parser notices at the end of what it takes
 * for the text within, which may be that of the file.
 */
export const findUnclosed = (
  file: SourceFile,
  tokens: readonly CST.Token[],
): Diagnostic | undefined => {
  let first: CST.Token | undefined
  visitTokens(tokens, (token) => {
    if (isUnclosed(token) && !(first && first.offset <= token.offset)) first = token
  })
  if (!first) return undefined
  const opening = { file, start: first.offset, end: first.offset + 1 }
  const mark = file.text.charAt(first.offset)
  const wrong = first.type === 'flow-collection' ? first.end[0] : undefined
  if (wrong && isCloser(wrong)) {
    const place = { file, start: wrong.offset, end: wrong.offset + 1 }
    return makeError('syntax', `"${wrong.source}" where "${CLOSERS[mark]}" is due`, place)
  }
  const message = `no ${mark === '"' ? "closing '\"'" : `closing "${CLOSERS[mark]}"`} for this`
  return makeError('syntax', message, opening)
}

const CLOSERS: Readonly<Record<string, string>> = { '[': ']', '{': '}', "'": "'", '"': '"' }

const isCloser = ({ type }: CST.SourceToken): boolean =>
  type === 'flow-seq-end' || type === 'flow-map-end'

const isUnclosed = (token: CST.Token): boolean => {
  if (token.type === 'flow-collection') {
    return token.end[0]?.source !== CLOSERS[token.start.source]
  }
  // No regular expression: on megabytes of text it would run out of stack.
  if (token.type === 'single-quoted-scalar') return token.source.split("'").length % 2 === 0
  return token.type === 'double-quoted-scalar' && !endsWithQuote(token.source)
}

/** Whether a double-quoted text ends with its quote, not with one that a backslash makes part of it. */
const endsWithQuote = (source: string): boolean => {
  let at = source.length - 2
  while (source[at] === '\\') at -= 1
  return source.length > 1 && source.endsWith('"') && (source.length - at) % 2 === 0
}

const childTokens = (token: CST.Token): readonly CST.Token[] => {
  if (token.type === 'document') return token.value ? [token.value] : []
  if (!('items' in token)) return []
  return token.items.flatMap((item) =>
    [item.key, item.value].filter((child) => child !== null && child !== undefined),
  )
}
