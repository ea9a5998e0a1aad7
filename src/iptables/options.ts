import type { Extension, Option } from './extension.ts'

/** The options that every rule has, by their letter. */
export type HeaderLetter = 's' | 'd' | 'i' | 'o' | 'p' | 'f' | 'm' | 'j' | 'g'

export interface HeaderOption {
  readonly letter: HeaderLetter
  readonly takesValue: boolean
  readonly negatable: boolean
}

const header = (letter: HeaderLetter, negatable = false, takesValue = true): HeaderOption => ({
  letter,
  takesValue,
  negatable,
})

const LETTERS: Readonly<Record<HeaderLetter, HeaderOption>> = {
  s: header('s', true),
  d: header('d', true),
  i: header('i', true),
  o: header('o', true),
  p: header('p', true),
  f: header('f', true, false),
  m: header('m'),
  j: header('j'),
  g: header('g'),
}

const LONG_NAMES: Readonly<Record<string, HeaderLetter>> = {
  source: 's',
  src: 's',
  destination: 'd',
  dst: 'd',
  'in-interface': 'i',
  'out-interface': 'o',
  protocol: 'p',
  fragments: 'f',
  match: 'm',
  jump: 'j',
  goto: 'g',
}

/** Commands and options of the program, which are no part of a rule. They shadow abbreviations. */
const OTHER_LONG_NAMES = [
  ...['append', 'check', 'delete', 'delete-chain', 'exact', 'flush', 'help', 'insert', 'ipv4'],
  ...['ipv6', 'line-numbers', 'list', 'list-rules', 'modprobe', 'new-chain', 'numeric', 'policy'],
  ...['rename-chain', 'replace', 'set-counters', 'table', 'verbose', 'version', 'wait'],
  ...['wait-interval', 'zero'],
]

const OTHER_LETTERS = '46ACDEFILMNPRSVWXZchntvwx'

/** What an option's name means where it stands. */
export type Resolved =
  | { readonly of: 'header'; readonly option: HeaderOption }
  | { readonly of: 'extension'; readonly extension: Extension; readonly option: Option }
  | { readonly of: 'program' }
  | undefined

/** A short option, `-s`. One with its value in the same word, which iptables takes for some, is not known. */
export const resolveLetter = (letter: string): Resolved => {
  if (Object.hasOwn(LETTERS, letter))
    return { of: 'header', option: LETTERS[letter as HeaderLetter] }
  return letter !== '' && OTHER_LETTERS.includes(letter) ? { of: 'program' } : undefined
}

interface Candidate {
  readonly name: string
  /** Names of the same option count as one. */
  readonly key: string
  readonly resolved: Resolved
}

/** The candidates by their names, in the order in which they are looked through. */
type Candidates = ReadonlyMap<string, Candidate>

const candidates = (list: readonly Candidate[]): Candidates =>
  new Map(list.map((one) => [one.name, one]))

const PROGRAM: Candidates = candidates([
  ...Object.entries(LONG_NAMES).map(([name, letter]) => ({
    name,
    key: letter,
    resolved: { of: 'header', option: LETTERS[letter] } as const,
  })),
  ...OTHER_LONG_NAMES.map((name) => ({ name, key: name, resolved: { of: 'program' } as const })),
])

const candidatesOf = (extension: Extension): Candidates =>
  candidates(
    extension.options.map((option) => ({
      name: option.name,
      key: `${extension.name} ${sameOption(extension, option)}`,
      resolved: { of: 'extension', extension, option },
    })),
  )

/** `--syn` is printed as `--tcp-flags`, but is another option; an alias shares its values. */
const sameOption = ({ options }: Extension, option: Option): string =>
  options.find(({ name, values }) => name === option.writes && values === option.values)?.name ??
  option.name

const cache = new WeakMap<Extension, Candidates>()

const cachedCandidates = (extension: Extension): Candidates => {
  const known = cache.get(extension) ?? candidatesOf(extension)
  cache.set(extension, known)
  return known
}

/**
 * A long option by its name or an unambiguous beginning of it, as getopt_long finds it: first among the
 * program's own, then in the extensions, the one loaded last first.
 */
export const resolveLong = (name: string, loaded: readonly Extension[]): Resolved => {
  const places = [PROGRAM, ...loaded.map(cachedCandidates)]
  const exact = places.find((place) => place.has(name))?.get(name)
  if (exact) return exact.resolved
  const begun = places.flatMap((place) =>
    name === '' ? [] : [...place.values()].filter((one) => one.name.startsWith(name)),
  )
  if (new Set(begun.map(({ key }) => key)).size !== 1) return undefined
  return begun[0]?.resolved?.of === 'program' ? undefined : begun[0]?.resolved
}
