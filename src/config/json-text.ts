import type { Span } from './source.ts'

/** A key and its value in the text. */
export interface Member {
  readonly key: Span
  readonly value: Span
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_MAP = 123
const CLOSE_MAP = 125

// All of these read text that `JSON.parse` has taken: there is no other mistake to mind.

/** Behind the string that starts here. */
const skipString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1)
  while (text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end)) {
    end = text.indexOf('"', end + 1)
  }
  return end + 1
}

const isEscaped = (text: string, at: number): boolean => {
  let first = at
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}

/** Behind the mapping or list that starts here. */
const skipNested = (text: string, start: number): number => {
  let depth = 0
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = skipString(text, at) - 1
    else if (code === OPEN_MAP || code === OPEN_LIST) depth += 1
    else if (code === CLOSE_MAP || code === CLOSE_LIST) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
}

/** What ends a number, `true`, `false` or `null`: a blank, or what stands between values. */
const isEnd = (code: number): boolean =>
  code <= 32 || code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP

const skipValue = (text: string, start: number): number => {
  const code = text.charCodeAt(start)
  if (code === QUOTE) return skipString(text, start)
  if (code === OPEN_MAP || code === OPEN_LIST) return skipNested(text, start)
  let at = start
  while (!isEnd(text.charCodeAt(at))) at += 1
  return at
}

/** The next character that is no blank, nor the comma or colon between two values. */
const skipBetween = (text: string, start: number): number => {
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (code > 32 && code !== COMMA && code !== COLON) return at
    at += 1
  }
}

/** How many keys there are in all, twins counted as often as they are there. */
export const countKeys = (text: string): number => {
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = skipString(text, at) - 1
    else if (code === COLON) count += 1
  }
  return count
}

const nameAt = (text: string, { start, end }: Span): string => {
  const literal = text.slice(start, end)
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
}

/** The member of which the key starts here. */
const memberAt = (text: string, start: number): Member => {
  const key = { start, end: skipString(text, start) }
  const first = skipBetween(text, key.end)
  return { key, value: { start: first, end: skipValue(text, first) } }
}

/** The members of the mapping that starts here, in the order of the text. */
export const findMembers = (text: string, start: number): ReadonlyMap<string, Member> => {
  const members = new Map<string, Member>()
  let at = skipBetween(text, start + 1)
  while (text.charCodeAt(at) !== CLOSE_MAP) {
    const member = memberAt(text, at)
    members.set(nameAt(text, member.key), member)
    at = skipBetween(text, member.value.end)
  }
  return members
}

/** One member of the mapping that starts here. */
export const findMember = (text: string, start: number, name: string): Member | undefined => {
  let at = skipBetween(text, start + 1)
  while (text.charCodeAt(at) !== CLOSE_MAP) {
    const key = { start: at, end: skipString(text, at) }
    if (nameAt(text, key) === name) return memberAt(text, at)
    at = skipBetween(text, skipValue(text, skipBetween(text, key.end)))
  }
  return undefined
}

/** The items of the list that starts here. */
export const findItems = (text: string, start: number): readonly Span[] => {
  const items: Span[] = []
  let at = skipBetween(text, start + 1)
  while (text.charCodeAt(at) !== CLOSE_LIST) {
    const end = skipValue(text, at)
    items.push({ start: at, end })
    at = skipBetween(text, end)
  }
  return items
}

/** One item of the list that starts here. */
export const findItem = (text: string, start: number, index: number): Span | undefined => {
  let at = skipBetween(text, start + 1)
  for (let before = 0; text.charCodeAt(at) !== CLOSE_LIST; before += 1) {
    const end = skipValue(text, at)
    if (before === index) return { start: at, end }
    at = skipBetween(text, end)
  }
  return undefined
}
