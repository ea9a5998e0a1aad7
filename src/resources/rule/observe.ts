import type { IpRule } from '../../kernel/ip.ts'
import type { Reader } from '../../kernel/reader.ts'
import type { Family } from '../../net/addresses.ts'
import type { NamespaceName } from '../kind.ts'
import { fullMask, markText, ruleIdentity, ruleWords } from './rule.ts'
import type { Rule } from './rule.ts'

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
  ...[
    'dport_start',
    'dport_end',
    'table',
    'action',
    'suppress_prefixlen',
    'protocol',
    'unresolved',
  ],
])

/** Words of `ip` that no file has. */
const foreignWords: Readonly<Record<string, (value: string, rule: IpRule) => readonly string[]>> = {
  tos: (value) => ['tos', value],
  tun_id: (value) => ['tun_id', value],
  goto: (value) => ['goto', value],
  nop: () => ['nop'],
  l3mdev: () => ['l3mdev'],
  suppress_ifgroup: (value) => ['suppress_ifgroup', value],
  uid_start: (value, { uid_end: end }) => ['uidrange', `${value}-${String(end)}`],
  uid_end: () => [],
  flow_to: (value, { flow_from: from }) => [
    'realms',
    typeof from === 'string' ? `${from}/${value}` : value,
  ],
  flow_from: () => [],
}

const unknownWords = (rule: IpRule): readonly string[] =>
  Object.entries(rule)
    .filter(([key]) => !understood.has(key))
    .flatMap(
      ([key, value]) =>
        foreignWords[key]?.(String(value), rule) ?? [`${key}=${JSON.stringify(value)}`],
    )

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

/** The marks that a rule may carry, the one asked for first; then ours, of one that was adopted and goes back. */
const marksOf = (
  desired: readonly Rule[],
): ReadonlyMap<string, readonly (number | undefined)[]> => {
  const marks = new Map<string, readonly (number | undefined)[]>()
  for (const { twin, ...rule } of desired) {
    const key = ruleIdentity(rule)
    const known = marks.get(key) ?? []
    marks.set(key, twin === undefined ? [rule.mark, ...known] : [...known, twin])
  }
  return marks
}

/** Of those that differ in their protocol alone it is the one whose mark is asked for; else the first. */
const tellTwinsApart = (
  rules: readonly Rule[],
  marks: ReturnType<typeof marksOf>,
): readonly Rule[] => {
  const first = new Map<string, Rule>()
  const rankOf = ({ mark }: Rule, key: string): number => {
    const wanted = marks.get(key) ?? []
    return wanted.includes(mark) ? wanted.indexOf(mark) : wanted.length
  }
  for (const rule of rules) {
    const key = ruleIdentity(rule)
    const known = first.get(key)
    if (!known || rankOf(rule, key) < rankOf(known, key)) first.set(key, rule)
  }
  return rules.map((rule) =>
    first.get(ruleIdentity(rule)) === rule ? rule : { ...rule, twin: rule.mark },
  )
}

/** Whether a namespace may have IPv6 rules that a plan is about. */
const mayMatter = (
  namespace: NamespaceName,
  { ipv6Rules }: Reader,
  desired: readonly Rule[],
): boolean =>
  ipv6Rules?.[namespace] !== false ||
  desired.some((one) => one.namespace === namespace && one.family === 'inet6')

/** Every rule of every namespace that is read. */
export const observeRules = async (
  reader: Reader,
  desired: readonly Rule[],
): Promise<readonly Rule[]> => {
  const marks = marksOf(desired)
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) => {
      // Asked at once, so that both are answered together.
      const [{ rules }, rules6] = await Promise.all([
        reader.ip(namespace),
        mayMatter(namespace, reader, desired) ? reader.rules6(namespace) : [],
      ])
      const found = [
        ...rules.map((rule) => observeOne(rule, namespace, 'inet')),
        ...rules6.map((rule) => observeOne(rule, namespace, 'inet6')),
      ]
      return tellTwinsApart(found, marks)
    }),
  )
  return all.flat()
}
