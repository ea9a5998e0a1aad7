import type { Aftermath, Kind, Step } from './kind.ts'
import { step } from './kind.ts'
import { namespaceIdentity } from './namespace.ts'
import { observeRules } from './rule/observe.ts'
import { ruleIdentity } from './rule/rule.ts'
import type { Rule } from './rule/rule.ts'

const kernelProtocol = 2

// With every selector: without them `ip rule del` takes the first of the table (N-70).
const write = (verb: 'add' | 'delete', rule: Rule, protocol = rule.mark): Step =>
  step(rule.namespace, [
    ...['ip', ...(rule.family === 'inet6' ? ['-6'] : []), 'rule', verb],
    ...['priority', String(rule.priority), ...rule.words],
    ...(protocol === undefined || protocol === 0 ? [] : ['protocol', String(protocol)]),
  ])

/** Policy routing rules (ip-rule(8)). */
export const ruleKind: Kind<Rule> = {
  name: 'rule',
  marked: true,
  identity: ruleIdentity,
  observe: observeRules,
  owner: ({ mark }, owner) => {
    if (mark === kernelProtocol) return 'kernel'
    return mark === owner.id ? 'ours' : 'foreign'
  },
  requires: ({ namespace }) => (namespace === '' ? [] : [namespaceIdentity(namespace)]),
  survives: (rule, { gone }: Aftermath) =>
    rule.namespace !== '' && gone(namespaceIdentity(rule.namespace)) ? undefined : rule,
  interim: (after) => ({ ...after, twin: after.mark }),
  steps: (edit) => {
    if (edit.action === 'create') return [write('add', edit.after)]
    if (edit.action === 'delete') return [write('delete', edit.before)]
    // Adopted: ours first, so that at no time there is none.
    return [write('add', edit.after), write('delete', edit.before)]
  },
}
