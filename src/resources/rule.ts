import type { IpRule } from '../kernel/ip.ts'
import type { Reader } from '../kernel/reader.ts'
import type { Family } from '../net/addresses.ts'
import type { Aftermath, Kind, NamespaceName, Resource, Step } from './kind.ts'
import { inside, step } from './kind.ts'
import { namespaceIdentity } from './namespace.ts'

/** A policy routing rule. All of it is its identity: a change of any part is another rule. */
export interface Rule extends Resource {
  readonly kind: 'rule'
  readonly family: Family
  readonly priority: number
  /** Selectors and action as iproute2 writes them, in a fixed order: ['from', '10.1.0.0/16', 'table', '100']. */
  readonly words: readonly string[]
  /** Observed: of twins that only their protocols tell apart, that of all but the first. */
  readonly twin?: number | undefined
}

const identity = ({ namespace, family, priority, words, twin }: Rule): string => {
  const parts = [
    ...[String(priority), ...(family === 'inet6' ? ['inet6'] : []), ...words],
    ...(twin === undefined ? [] : ['protocol', String(twin)]),
  ]
  return `rule ${parts.join(' ')}${inside(namespace)}`
}

/** What a rule says, however it was spelled. */
export interface RuleParts {
  readonly not?: boolean
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly iif?: string | undefined
  readonly oif?: string | undefined
  /** In hexadecimal, with the mask where it is not all ones. */
  readonly fwmark?: string | undefined
  readonly ipProto?: string | undefined
  readonly sport?: string | undefined
  readonly dport?: string | undefined
  readonly suppressPrefixLength?: number | undefined
  readonly table?: number | undefined
  readonly type?: string | undefined
}

const pair = (keyword: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [keyword, String(value)]

export const ruleWords = (parts: RuleParts): readonly string[] => [
  ...(parts.not === true ? ['not'] : []),
  // iproute2 wants one of them to tell an empty selector from a mistake.
  ...pair('from', parts.from ?? (parts.to === undefined ? 'all' : undefined)),
  ...pair('to', parts.to),
  ...pair('fwmark', parts.fwmark),
  ...pair('iif', parts.iif),
  ...pair('oif', parts.oif),
  ...pair('ipproto', parts.ipProto),
  ...pair('sport', parts.sport),
  ...pair('dport', parts.dport),
  ...(parts.type === undefined || parts.type === 'lookup'
    ? pair('table', parts.table)
    : [parts.type]),
  ...pair('suppress_prefixlength', parts.suppressPrefixLength),
]

const fullMask = 0xffffffff

/** `0x10/0xff`, and `0x10` where the mask is all ones. */
export const markText = (mark: number, mask: number = fullMask): string =>
  `0x${mark.toString(16)}${mask === fullMask ? '' : `/0x${mask.toString(16)}`}`

const prefix = (address: unknown, length: unknown, family: Family): string | undefined => {
  if (typeof address !== 'string' || address === 'all') return undefined
  return `${address}/${String(typeof length === 'number' ? length : family === 'inet' ? 32 : 128)}`
}

const ports = (rule: IpRule, name: 'sport' | 'dport'): string | undefined => {
  const start = rule[`${name}_start`]
  if (typeof start === 'number') return `${String(start)}-${String(rule[`${name}_end`])}`
  const one = rule[name]
  return one === undefined ? undefined : String(one)
}

// With -N protocols and actions are numbers: IANA's, and FR_ACT_* of fib_rules.h.
const ipProtos: Readonly<Record<string, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  132: 'sctp',
}

/** Older versions of iproute2 print `6`, newer ones `ipproto-6`. */
const protocolName = (text: string): string => {
  const number = text.replace('ipproto-', '')
  return ipProtos[number] ?? number
}

const actions: Readonly<Record<string, string>> = {
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
}

/** What we cannot say, as a goto or a tunnel id, must still tell two rules apart. */
const understood: ReadonlySet<string> = new Set([
  ...['priority', 'not', 'src', 'srclen', 'dst', 'dstlen', 'iif', 'iif_detached', 'oif'],
  ...['oif_detached', 'fwmark', 'fwmask', 'ipproto', 'sport', 'sport_start', 'sport_end', 'dport'],
  ...['dport_start', 'dport_end', 'table', 'action', 'suppress_prefixlen', 'protocol'],
])

const unknownWords = (rule: IpRule): readonly string[] =>
  Object.entries(rule)
    .filter(([key]) => !understood.has(key))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)

const observeOne = (rule: IpRule, namespace: NamespaceName, family: Family): Rule => {
  const action = rule.action === undefined ? undefined : (actions[rule.action] ?? rule.action)
  const words = ruleWords({
    not: 'not' in rule,
    from: prefix(rule.src, rule.srclen, family),
    to: prefix(rule.dst, rule.dstlen, family),
    iif: rule.iif,
    oif: rule.oif,
    fwmark:
      rule.fwmark === undefined
        ? undefined
        : markText(Number(rule.fwmark), Number(rule.fwmask ?? fullMask)),
    ipProto: rule.ipproto === undefined ? undefined : protocolName(rule.ipproto),
    sport: ports(rule, 'sport'),
    dport: ports(rule, 'dport'),
    table: rule.table === undefined ? undefined : Number(rule.table),
    type: action,
    suppressPrefixLength: rule.suppress_prefixlen,
  })
  return {
    kind: 'rule',
    namespace,
    family,
    priority: rule.priority,
    words: [...words, ...unknownWords(rule)],
    mark: Number(rule.protocol ?? 0),
    attributes: {},
  }
}

/** Two that differ in their protocol alone, as while one is adopted: it is the one that carries the mark asked for. */
const tellTwinsApart = (
  rules: readonly Rule[],
  marks: ReadonlyMap<string, number | undefined>,
): readonly Rule[] => {
  const first = new Map<string, Rule>()
  for (const rule of rules) {
    const key = identity(rule)
    if (!first.has(key) || rule.mark === marks.get(key)) first.set(key, rule)
  }
  return rules.map((rule) =>
    first.get(identity(rule)) === rule ? rule : { ...rule, twin: rule.mark },
  )
}

const observe = async (reader: Reader, desired: readonly Rule[]): Promise<readonly Rule[]> => {
  const marks = new Map(desired.map((rule) => [identity(rule), rule.mark]))
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) => {
      const { rules } = await reader.ip(namespace)
      const found = [
        ...rules.inet.map((rule) => observeOne(rule, namespace, 'inet')),
        ...rules.inet6.map((rule) => observeOne(rule, namespace, 'inet6')),
      ]
      return tellTwinsApart(found, marks)
    }),
  )
  return all.flat()
}

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
  identity,
  observe,
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
