import type { Extension, Option } from './extension.ts'
import { MATCHES, OTHER_MATCHES } from './matches/index.ts'
import { resolveLetter, resolveLong } from './options.ts'
import type { HeaderLetter, HeaderOption, Resolved } from './options.ts'
import { IMPLICIT_MATCHES, parseProtocol } from './protocols.ts'
import { OTHER_TARGETS, TARGETS } from './targets/index.ts'
import { refuse } from './tokens.ts'
import type { Refusal, Token } from './tokens.ts'

/** An option of the rule's header, as written. */
export interface HeaderWord {
  readonly negated: boolean
  readonly token: Token
}

/** An option of a match or target, as written. */
export interface Written {
  readonly option: Option
  readonly negated: boolean
  readonly words: readonly Token[]
  readonly at: number
}

/** A match or a target, and the options written for it. */
export interface Instance {
  readonly extension: Extension
  readonly written: Written[]
  readonly at: number
}

/** A rule taken apart; what its values mean is not looked at yet. */
export interface Parsed {
  readonly ok: true
  readonly header: ReadonlyMap<HeaderLetter, HeaderWord>
  readonly matches: readonly Instance[]
  /** A jump's chain is in the header. */
  readonly target: Instance | undefined
}

interface Draft {
  readonly header: Map<HeaderLetter, HeaderWord>
  readonly matches: Instance[]
  target: Instance | undefined
  /** Whose options are known by now, the newest first. */
  readonly loaded: Extension[]
}

/** Where reading goes on. */
type Next = number | Refusal

const MATCHES_BY_NAME = new Map(
  MATCHES.flatMap((match) => [match.name, ...(match.aliases ?? [])].map((name) => [name, match])),
)
const TARGETS_BY_NAME = new Map(TARGETS.map((target) => [target.name, target]))

/** Takes the words of a rule apart, in the order in which iptables does. */
export const parseRule = (tokens: readonly Token[], end: number): Parsed | Refusal => {
  const draft: Draft = { header: new Map(), matches: [], target: undefined, loaded: [] }
  let next = 0
  while (next < tokens.length) {
    const read = readOption(draft, tokens, next, end)
    if (typeof read !== 'number') return read
    next = read
  }
  return { ok: true, ...draft }
}

const readOption = (draft: Draft, tokens: readonly Token[], from: number, end: number): Next => {
  const negated = tokens[from]?.text === '!'
  const start = negated ? from + 1 : from
  const token = tokens[start]
  if (!token) return refuse('nothing stands behind this !', tokens[from]?.at ?? end)
  const place: Place = { tokens, start, negated, name: token }
  const resolved = resolve(draft, token)
  if (resolved?.of === 'header') return readHeader(draft, resolved.option, place)
  if (resolved?.of === 'extension') return readExtension(draft, resolved, place)
  return refuse(unknown(token.text, resolved), token.at)
}

const unknown = (text: string, resolved: Resolved): string => {
  if (resolved) return `${text} is no part of a rule`
  if (!text.startsWith('-') || text === '-')
    return `unexpected ${text} (iptables-restore knows no quotes but "")`
  if (text.includes('=')) return `${text}: write a space and not =`
  if (!text.startsWith('--') && text.length > 2)
    return `${text}: write a space behind ${text.slice(0, 2)}`
  return `${text} is unknown, ambiguous, or of a match or target that is not named before it`
}

const resolve = (draft: Draft, { text, at }: Token): Resolved => {
  if (!text.startsWith('-')) return undefined
  if (!text.startsWith('--')) return resolveLetter(text.slice(1))
  const known = resolveLong(text.slice(2), draft.loaded)
  if (known) return known
  const implicit = implicitMatch(draft)
  if (!implicit) return undefined
  const found = resolveLong(text.slice(2), [implicit, ...draft.loaded])
  // The match joins the rule where the first of its options stands.
  if (found?.of === 'extension') addMatch(draft, implicit, at)
  return found
}

const implicitMatch = (draft: Draft): Extension | undefined => {
  const written = draft.header.get('p')
  const protocol = written ? parseProtocol(written.token.text)?.text : undefined
  const match = MATCHES_BY_NAME.get(IMPLICIT_MATCHES[protocol ?? ''] ?? '')
  return match && !draft.loaded.includes(match) ? match : undefined
}

const addMatch = (draft: Draft, extension: Extension, at: number): void => {
  draft.matches.push({ extension, written: [], at })
  // A second instance keeps the first one's place in the order of options.
  if (!draft.loaded.includes(extension)) draft.loaded.unshift(extension)
}

/** Where an option stands. */
interface Place {
  readonly tokens: readonly Token[]
  readonly start: number
  readonly negated: boolean
  /** The option itself. */
  readonly name: Token
}

interface Values {
  readonly negated: boolean
  readonly words: readonly Token[]
  readonly next: number
}

/** The words behind an option. Until 1.8.8 a `!` could also stand between an option and its value. */
const readValues = (place: Place, count: number, negatable: boolean): Values | Refusal => {
  const { tokens, start, name } = place
  const inside = count > 0 && negatable && tokens[start + 1]?.text === '!'
  const negated = place.negated || inside
  const first = start + (inside ? 2 : 1)
  const words = tokens.slice(first, first + count)
  if (place.negated && inside) return refuse(`${name.text} is negated twice`, name.at)
  if (negated && !negatable) return refuse(`${name.text} cannot be negated`, name.at)
  if (words.length === count) return { negated, words, next: first + count }
  return refuse(`${name.text} needs ${count === 1 ? 'a value' : 'two values'}`, name.at)
}

const readHeader = (draft: Draft, option: HeaderOption, place: Place): Next => {
  const values = readValues(place, option.takesValue ? 1 : 0, option.negatable)
  if ('ok' in values) return values
  const token = values.words[0] ?? place.name
  return noteHeader(draft, option.letter, { negated: values.negated, token }) ?? values.next
}

const noteHeader = (draft: Draft, letter: HeaderLetter, word: HeaderWord): Refusal | undefined => {
  const { at, text } = word.token
  if (letter === 'm') return readMatch(draft, word.token)
  const jumps = letter === 'j' || letter === 'g'
  if (jumps && hasJump(draft)) return refuse('a rule has one -j or -g', at)
  if (letter === 'j') return readTarget(draft, word.token)
  if (letter === 'g' && isTarget(text)) return refuse('-g goes to a chain, not to a target', at)
  if (draft.header.has(letter)) return refuse(`-${letter} is written twice`, at)
  draft.header.set(letter, word)
  return undefined
}

const hasJump = ({ target, header }: Draft): boolean =>
  target !== undefined || header.has('j') || header.has('g')

const readMatch = (draft: Draft, token: Token): Refusal | undefined => {
  const extension = MATCHES_BY_NAME.get(token.text)
  if (!extension)
    return refuse(
      OTHER_MATCHES.has(token.text)
        ? `how iptables prints the match ${token.text} is not known here`
        : `there is no match ${token.text}`,
      token.at,
    )
  if (extension.once && draft.matches.some((one) => one.extension === extension))
    return refuse(
      `-m ${token.text} twice in a rule is read back differently by nft and legacy`,
      token.at,
    )
  addMatch(draft, extension, token.at)
  return undefined
}

const isTarget = (name: string): boolean => TARGETS_BY_NAME.has(name) || OTHER_TARGETS.has(name)

const readTarget = (draft: Draft, token: Token): Refusal | undefined => {
  const extension = TARGETS_BY_NAME.get(token.text)
  if (extension) {
    draft.target = { extension, written: [], at: token.at }
    draft.loaded.unshift(extension)
    return undefined
  }
  if (OTHER_TARGETS.has(token.text))
    return refuse(`how iptables prints the target ${token.text} is not known here`, token.at)
  draft.header.set('j', { negated: false, token })
  return undefined
}

const readExtension = (
  draft: Draft,
  resolved: Extract<Resolved, { of: 'extension' }>,
  place: Place,
): Next => {
  const { extension, option } = resolved
  const values = readValues(place, option.values.length, option.negatable ?? false)
  if ('ok' in values) return values
  const { at } = place.name
  const instance =
    draft.target?.extension === extension
      ? draft.target
      : draft.matches.findLast((one) => one.extension === extension)
  instance?.written.push({ option, negated: values.negated, words: values.words, at })
  return values.next
}
