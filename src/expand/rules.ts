import type { Rule as RuleConfig } from '../config/config.ts'
import { canonicalPrefix, familyOf } from '../net/addresses.ts'
import type { Family } from '../net/addresses.ts'
import type { NamespaceName } from '../resources/kind.ts'
import { markText, ruleWords } from '../resources/rule/rule.ts'
import type { Rule } from '../resources/rule/rule.ts'
import type { Context, Path } from './context.ts'
import { tableNumber } from './tables.ts'

const familyOfRule = ({ from, to, family }: RuleConfig): Family => {
  const prefix = [from, to].find((text) => text !== undefined && text !== 'default')
  return prefix === undefined ? (family ?? 'inet') : familyOf(prefix)
}

/** A prefix of length 0 selects all, and the kernel forgets it. */
const selector = (prefix: string | undefined, family: Family): string | undefined => {
  if (prefix === undefined) return undefined
  const canonical = canonicalPrefix(prefix, family)
  return canonical.endsWith('/0') ? undefined : canonical
}

const mark = (fwmark: string | number | undefined): string | undefined => {
  if (fwmark === undefined) return undefined
  const [value, mask] = String(fwmark).split('/').map(Number)
  return markText(value ?? 0, mask)
}

const text = (port: string | number | undefined): string | undefined =>
  port === undefined ? undefined : String(port)

const expandRule = (
  context: Context,
  rule: RuleConfig,
  path: Path,
  namespace: NamespaceName,
): Rule => {
  const family = familyOfRule(rule)
  return {
    kind: 'rule',
    namespace,
    family,
    priority: rule.priority,
    words: ruleWords({
      not: rule.not === true,
      from: selector(rule.from, family),
      to: selector(rule.to, family),
      iif: rule.iif,
      oif: rule.oif,
      fwmark: mark(rule.fwmark),
      ipProto: rule.ipProto,
      sport: text(rule.sport),
      dport: text(rule.dport),
      table: rule.table === undefined ? undefined : tableNumber(rule.table),
      type: rule.type,
      suppressPrefixLength: rule.suppressPrefixLength,
    }),
    attributes: {},
    mark: context.owner.id,
    adopt: rule.adopt,
    source: context.locate(path),
  }
}

export const expandRules = (
  context: Context,
  rules: readonly RuleConfig[],
  path: Path,
  namespace: NamespaceName,
): readonly Rule[] =>
  rules.map((rule, index) => expandRule(context, rule, [...path, index], namespace))
