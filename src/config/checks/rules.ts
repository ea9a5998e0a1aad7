import { canonicalPrefix, familyOf, type Family } from '../../net/addresses.ts'
import type { Rule } from '../config.ts'
import type { Path } from '../located.ts'
import { checkPortRange } from './ports.ts'
import { checkHostBits } from './prefixes.ts'
import { describeSpace, findTwins, listSpaces, type Check, type Problem } from './topology.ts'

interface Entry {
  readonly rule: Rule
  readonly path: Path
  readonly namespace: string
}

const each =
  (check: (entry: Entry) => readonly Problem[]): Check =>
  (topology) =>
    listRules(topology.config).flatMap(check)

/** Prefixes with host bits. */
export const checkRulePrefixes = each(({ rule, path }) => [
  ...checkHostBits(rule.from, [...path, 'from']),
  ...checkHostBits(rule.to, [...path, 'to']),
])

/** A rule is of one family: that of its prefixes. */
export const checkRuleFamilies = each(({ rule, path }) => {
  const said = (['family', 'from', 'to'] as const).flatMap((key) => {
    const family = familyAt(rule, key)
    return family === undefined ? [] : [{ key, family }]
  })
  const [first, ...others] = said
  const other = others.find(({ family }) => family !== first?.family)
  if (!first || !other) return []
  const message = `"${first.key}" and "${other.key}" of a rule are of different families`
  return [{ code: 'value', message, path: [...path, other.key], related: [...path, first.key] }]
})

/** What a rule does and what it needs for that. */
export const checkRuleTypes = each(({ rule, path }) => {
  const { type = 'lookup', table, suppressPrefixLength } = rule
  const tell = (key: string, message: string): Problem => ({
    code: 'value',
    message,
    path: [...path, key],
    part: 'key',
  })
  if (type === 'lookup') {
    if (table !== undefined) return []
    const message = `rule ${rule.priority} needs "table", the one to look up`
    return [
      {
        code: 'value',
        message,
        path: [...path, 'priority'],
        hint: 'or "type: blackhole", to drop what it selects',
      },
    ]
  }
  return [
    ...(table === undefined
      ? []
      : [tell('table', `"table" beside "type: ${type}", which looks up none`)]),
    ...(suppressPrefixLength === undefined
      ? []
      : [
          tell(
            'suppressPrefixLength',
            `"suppressPrefixLength" beside "type: ${type}", which looks up no table`,
          ),
        ]),
  ]
})

/** Ranges of ports that run backwards or too far. */
export const checkPortRanges = each(({ rule, path }) => [
  ...checkPortRange(rule.sport, [...path, 'sport']),
  ...checkPortRange(rule.dport, [...path, 'dport']),
])

/** Marks and masks are 32 bits wide. */
export const checkFwmarks = each(({ rule: { fwmark }, path }) => {
  if (typeof fwmark !== 'string') return []
  const isTooLarge = fwmark.split('/').some((number) => Number(number) > 0xffffffff)
  const message = `the fwmark ${fwmark} does not fit into 32 bits`
  return isTooLarge ? [{ code: 'value', message, path: [...path, 'fwmark'] }] : []
})

/** Two rules of one priority that select the same packets. */
export const checkRuleTwins: Check = ({ config }) =>
  findTwins(listRules(config), identifyRule).map(([{ rule, path, namespace }, first]) => ({
    code: 'duplicate',
    message: `two rules of priority ${rule.priority} select the same packets in ${describeSpace(namespace)}`,
    path: [...path, 'priority'],
    related: [...first.path, 'priority'],
  }))

const listRules = (config: Parameters<typeof listSpaces>[0]): readonly Entry[] =>
  listSpaces(config).flatMap(({ name, path, data }) =>
    (data.rules ?? []).map((rule, index) => ({
      rule,
      path: [...path, 'rules', index],
      namespace: name,
    })),
  )

/** `default` is of either family. */
const familyAt = (rule: Rule, key: 'family' | 'from' | 'to'): Family | undefined => {
  const value = rule[key]
  if (value === undefined || value === 'default') return undefined
  return key === 'family' ? (value as Family) : familyOf(value)
}

const identifyRule = ({ rule, namespace }: Entry): string => {
  const family =
    familyAt(rule, 'family') ?? familyAt(rule, 'from') ?? familyAt(rule, 'to') ?? 'inet'
  const prefix = (text: string | undefined): string => canonicalPrefix(text ?? 'default', family)
  const { priority, iif, oif, ipProto, sport, dport, not = false } = rule
  const selectors = [
    prefix(rule.from),
    prefix(rule.to),
    iif,
    oif,
    identifyMark(rule.fwmark),
    ipProto,
    sport,
    dport,
    not,
  ]
  return JSON.stringify([namespace, family, priority, selectors])
}

const identifyMark = (fwmark: Rule['fwmark']): readonly number[] | undefined => {
  if (fwmark === undefined) return undefined
  const [mark = 0, mask = 0xffffffff] = String(fwmark).split('/').map(Number)
  return [mark, mask]
}
