import { tokenize } from '../iptables/tokens.ts'

/** What a simple rule says, by its options: `-s`, `! -d`, `--dport`, `--comment`, `-j` ... */
export type RuleWords = ReadonlyMap<string, string>

/** Options without a value of their own. */
const flags: ReadonlySet<string> = new Set(['--random-fully'])

/** The options of a rule and their values; undefined: it is not as simple as that. `-m` says nothing by itself. */
export const readRule = (rule: string): RuleWords | undefined => {
  const read = tokenize(rule)
  if (!read.ok) return undefined
  const words = new Map<string, string>()
  const texts = read.tokens.map(({ text }) => text)
  for (let at = 0; at < texts.length; at += 1) {
    const not = texts[at] === '!' ? '! ' : ''
    if (not !== '') at += 1
    const option = `${not}${texts[at] ?? ''}`
    if (words.has(option) || !option.includes('-')) return undefined
    if (flags.has(option)) words.set(option, '')
    else {
      at += 1
      if (option !== '-m') words.set(option, texts[at] ?? '')
    }
  }
  return words
}

/** The values of some options, and whether there are no others. */
export const onlyWords = (
  words: RuleWords,
  options: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined => {
  const found: Record<string, string> = {}
  for (const [option, value] of words) {
    const key = options[option]
    if (key === undefined) return undefined
    if (key !== '') found[key] = value
  }
  return found
}
