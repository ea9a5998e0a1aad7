/** A word of a rule, and where in the text it starts. */
export interface Token {
  readonly text: string
  readonly at: number
}

/** Why a rule is not taken; `at` is the place of the offending word. */
export interface Refusal {
  readonly ok: false
  readonly message: string
  readonly at: number
}

export type Tokens = { readonly ok: true; readonly tokens: readonly Token[] } | Refusal

export const refuse = (message: string, at: number): Refusal => ({ ok: false, message, at })

// What iptables-restore has room for: MAX_ARGC, and the line and parameter buffers of 1.8.9.
const MOST_WORDS = 240
const LONGEST_WORD = 1023
const LONGEST_LINE = 10_000

/** A line break would end the rule, and the others cannot be seen. A tab may stand between words. */
const CONTROL = /[\0-\x08\n-\x1f\x7f]/

const UNSEEN = 'a control character or a line break'

/**
 * The words of a rule as iptables-restore reads them (xshared.c, add_param_to_argv): a double quote
 * may open in the middle of a word and always ends it when it closes, a backslash means the next
 * character inside quotes and itself outside, and a single quote is a character like any other.
 * Refused, where iptables-restore would take them: a quote that never closes, control characters.
 */
export const tokenize = (text: string): Tokens => {
  const control = CONTROL.exec(text)
  if (control) return refuse(UNSEEN, control.index)
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const word = readWord(text, at)
    if (typeof word === 'number') return refuse('this quote is never closed', word)
    tokens.push({ text: word.text, at })
    at = skipSpace(text, word.end)
  }
  if (Buffer.byteLength(text) > LONGEST_LINE)
    return refuse(`a rule of more than ${LONGEST_LINE} bytes`, 0)
  return checkTokens(tokens)
}

/** The words, unless iptables-restore has no room for them or could not read them back. */
export const checkTokens = (tokens: readonly Token[]): Tokens => {
  const unseen = tokens.find(({ text }) => CONTROL.test(text))
  if (unseen) return refuse(UNSEEN, unseen.at)
  const long = tokens.find(({ text }) => Buffer.byteLength(text) > LONGEST_WORD)
  if (long) return refuse(`a word of more than ${LONGEST_WORD} bytes`, long.at)
  const surplus = tokens[MOST_WORDS]
  if (surplus) return refuse(`more than ${MOST_WORDS} words`, surplus.at)
  return { ok: true, tokens }
}

const isSpace = (character: string | undefined): boolean => character === ' ' || character === '\t'

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (isSpace(text[at])) at += 1
  return at
}

/** The word and where it ends, or the place of the quote that is never closed. */
const readWord = (text: string, from: number): { text: string; end: number } | number => {
  let at = from
  while (at < text.length && !isSpace(text[at]) && text[at] !== '"') at += 1
  const plain = text.slice(from, at)
  if (text[at] !== '"') return { text: plain, end: at }
  const quoted = readQuoted(text, at + 1)
  return quoted ? { text: plain + quoted.text, end: quoted.end } : at
}

const readQuoted = (text: string, from: number): { text: string; end: number } | undefined => {
  let read = ''
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') return { text: read, end: at + 1 }
    if (text[at] === '\\') at += 1
    read += text[at] ?? ''
  }
  return undefined
}

const PLAIN = /^[A-Za-z0-9_-]+$/

/** A value as iptables-save prints it (xtables_save_string): in quotes unless it is one plain word. */
export const quote = (value: string): string =>
  PLAIN.test(value) ? value : `"${value.replace(/["'\\]/g, '\\$&')}"`
