import type { Family } from '../net/addresses.ts'
import { readHeader } from './header.ts'
import { parseRule } from './parse.ts'
import { printInstance } from './print.ts'
import { checkTokens, refuse, tokenize } from './tokens.ts'
import type { Refusal, Token } from './tokens.ts'

export type Canonical = { readonly ok: true; readonly rules: readonly string[] } | Refusal

/**
 * A rule in the text that `iptables-save` prints behind `-A CHAIN `, the same with nft and legacy, so that
 * comparing rules is comparing strings. A rule with a list of addresses is several. What is not known to
 * be read back like this is refused, at the place of the word in the text.
 *
 * Measured with iptables 1.8.9; test/iptables/backends.test.ts shows it with the iptables at hand.
 *
 * @param rule what stands behind `-A CHAIN`, as a text or as words
 */
export const canonicalRule = (rule: string | readonly Token[], family: Family): Canonical => {
  const read = typeof rule === 'string' ? tokenize(rule) : checkTokens(rule)
  if (!read.ok) return read
  const last = read.tokens.at(-1)
  return canonicalTokens(read.tokens, family, last ? last.at + last.text.length : 0)
}

const canonicalTokens = (tokens: readonly Token[], family: Family, end: number): Canonical => {
  const parsed = parseRule(tokens, end)
  if (!parsed.ok) return parsed
  const header = readHeader(parsed.header, family)
  if (!header.ok) return header
  const { protocol } = header
  let matches = ''
  for (const match of parsed.matches) {
    const printed = printInstance(match, { family, protocol, matches }, '-m')
    if (!printed.ok) return printed
    matches += ` ${printed.text}`
  }
  const target = parsed.target && printInstance(parsed.target, { family, protocol, matches }, '-j')
  if (target && !target.ok) return target
  const last = target?.text ?? header.jump
  const tail = `${header.middle}${matches}${last && ` ${last}`}`.trimStart()
  const rules = header.addresses.map((one) => (one && tail ? `${one} ${tail}` : one + tail))
  if (!rules.every(hasRoom)) return refuse('more than iptables-restore has room for', 0)
  return { ok: true, rules }
}

/** What was left to the defaults may make the rule longer than it was. */
const hasRoom = (rule: string): boolean => rule.length < 400 || tokenize(rule).ok
