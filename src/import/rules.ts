import type { Rule as RuleConfig } from '../config/config.ts'
import type { NamespaceName } from '../resources/kind.ts'
import type { Rule } from '../resources/rule/rule.ts'
import type { Entries } from './draft.ts'
import { defined, entry, gather, omit } from './draft.ts'
import { allIn, judge, ownershipOf, titleOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { whoseProtocol } from './protocols.ts'

const mainTable = '254'

/** How `ruleWords` names what a file names otherwise. */
const keys: Readonly<Record<string, keyof RuleConfig>> = {
  from: 'from',
  to: 'to',
  fwmark: 'fwmark',
  iif: 'iif',
  oif: 'oif',
  ipproto: 'ipProto',
  sport: 'sport',
  dport: 'dport',
  table: 'table',
  suppress_prefixlength: 'suppressPrefixLength',
}

const protocols: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'icmp', 'ipv6-icmp'])

const types: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit'])

const valueOf = (key: keyof RuleConfig, word: string): string | number => {
  if (key === 'table' && word === mainTable) return 'main'
  const isNumber =
    /^\d+$/.test(word) && key !== 'from' && key !== 'to' && key !== 'iif' && key !== 'oif'
  return isNumber ? Number(word) : word
}

/** The words of a rule as keys of the file; a text: the word that there is no key for. */
const readWords = (words: readonly string[]): Readonly<Record<string, unknown>> | string => {
  const found: Record<string, unknown> = {}
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const key = keys[word]
    if (word === 'not') found['not'] = true
    else if (types.has(word)) found['type'] = word
    else if (key === undefined) return word
    else {
      at += 1
      const value = words[at] ?? ''
      if (key === 'ipProto' && !protocols.has(value)) return `ipproto ${value}`
      if (value !== 'all') found[key] = valueOf(key, value)
    }
  }
  return found
}

const textOf = ({ family, priority, words }: Rule): string => [family, priority, ...words].join(' ')

/** Whether another rule says the same, and is the one that the file means: ours, else the first. */
const hasBetter = (rule: Rule, scene: Scene): boolean => {
  if (ownershipOf(rule, scene) === 'ours') return false
  if (rule.twin !== undefined) return true
  return allIn<Rule>(scene, 'rule', rule.namespace).some(
    (one) =>
      one.twin !== undefined && ownershipOf(one, scene) === 'ours' && textOf(one) === textOf(rule),
  )
}

const entryOf = (rule: Rule, scene: Scene): Entries<RuleConfig> => {
  const verdict = judge(rule, scene)
  if (!verdict.taken) return omit(titleOf(rule), verdict.why)
  if (hasBetter(rule, scene))
    return omit(titleOf({ ...rule, twin: undefined } as Rule), 'it is there twice')
  const why = whoseProtocol(rule.mark, scene, ownershipOf(rule, scene))
  if (why !== undefined) return omit(titleOf(rule), why)
  const read = readWords(rule.words)
  if (typeof read === 'string') return omit(titleOf(rule), `a file has no key for "${read}"`)
  const isTold = read['from'] !== undefined || read['to'] !== undefined
  const family = rule.family === 'inet6' && !isTold ? ('inet6' as const) : undefined
  return entry(defined({ priority: rule.priority, ...read, family }))
}

/** The rules of a namespace, by their priority. */
export const rulesIn = (namespace: NamespaceName, scene: Scene): Entries<RuleConfig> =>
  gather(
    allIn<Rule>(scene, 'rule', namespace)
      .toSorted((a, b) => a.priority - b.priority)
      .map((rule) => entryOf(rule, scene)),
  )
