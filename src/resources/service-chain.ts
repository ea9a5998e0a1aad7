import type { Attributes } from './kind.ts'

// What a person wants to see of a service is told by the rules of its chains, on the node as in the
// plan: nothing of it is kept anywhere else.

const jump = / ?-[jg] (NP\d+-\S+)$/

/** The chain of ours that a rule leads to: its last word, which of most is an endpoint. */
const targetIn = (rule: string): string | undefined =>
  rule.startsWith('NP', rule.lastIndexOf(' ') + 1) ? jump.exec(rule)?.[1] : undefined

/** The chains of ours that rules lead to. */
export const targetsOf = (rules: readonly string[]): readonly string[] => {
  const targets: string[] = []
  for (const rule of rules) {
    const target = targetIn(rule)
    if (target !== undefined) targets.push(target)
  }
  return targets
}

const destination = '-j DNAT --to-destination '

/** The endpoint that a rule leads to. By index: there are as many rules as endpoints. */
const endpointIn = (rule: string): string | undefined => {
  const at = rule.indexOf(destination)
  if (at < 0) return undefined
  const [start, end] = [at + destination.length, rule.indexOf(' ', at + destination.length)]
  return rule.slice(start, end < 0 ? undefined : end)
}

const isBelow = /^NP\d+-E-/

const addEndpoints = (
  found: Set<string>,
  rules: readonly string[],
  rulesAt: (chain: string) => readonly string[],
): void => {
  for (const rule of rules) {
    const to = endpointIn(rule)
    const next = to === undefined ? targetIn(rule) : undefined
    if (to !== undefined) found.add(to)
    else if (next !== undefined && isBelow.test(next)) addEndpoints(found, rulesAt(next), rulesAt)
  }
}

/**
 * Where a service's chain sends connections, in order, each once. Of many endpoints some are in chains
 * further down.
 */
export const endpointsOf = (
  rules: readonly string[],
  rulesAt: (chain: string) => readonly string[],
): readonly string[] => {
  const found = new Set<string>()
  addEndpoints(found, rules, rulesAt)
  return [...found]
}

const first = (rules: readonly string[], pattern: RegExp): string | null => {
  for (const rule of rules) {
    const found = pattern.exec(rule)
    if (found) return found[1] ?? found[0]
  }
  return null
}

const someHas = (rules: readonly string[], text: string): boolean =>
  rules.some((rule) => rule.includes(text))

const comment = /-m comment --comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/

/** "web tcp/80", and behind it what else is said of it there. */
const title = /^(\S+ (?:tcp|udp|sctp)\/\d+)(?: node port (\d+))?$/

const titleOf = (rules: readonly string[]): RegExpExecArray | null => {
  const [, quoted, plain] = comment.exec(rules[0] ?? '') ?? []
  return title.exec(quoted ?? plain ?? '')
}

// What leads to the services, and what they share: SERVICES, VIPS with its trie T, ...
const isShared =
  /^NP\d+-(?:SERVICES|VIPS|NODEPORTS|POSTROUTING|SNAT|HAIRPIN|REFUSE(?:-VIPS|-PORTS)?|REJECT|ACCEPT|LOCALNET|[TNFH]-.*)$/

const isPort = /^NP\d+-(SVC|SVL|EXT|FW|E)-/

/** Whether a chain is of one port of a service alone, and not on the way there. */
export const isOfPort = (chain: string): boolean => isPort.test(chain)

/** What a person wrote that a chain is a part of: the first rule of a service's chain says whose it is. */
export const serviceOf = (chain: string, rules: readonly string[]): string | undefined => {
  if (isShared.test(chain)) return 'services'
  if (!isPort.test(chain)) return undefined
  const found = titleOf(rules)
  return found ? `service ${found[1] ?? ''}` : 'services'
}

const remembering = '-m recent --update --seconds '

const seconds = (rules: readonly string[]): number | null => {
  if (!someHas(rules, remembering)) return null
  const text = first(rules, /-m recent --update --seconds (\d+)/)
  return text === null ? null : Number(text)
}

/** The rules of a chain and, of a service's, what they say of it in the words of the configuration. */
export const describeChain = (
  chain: string,
  rules: readonly string[],
  rulesAt: (chain: string) => readonly string[],
): Attributes => {
  const purpose = isPort.exec(chain)?.[1]
  if (purpose === 'SVC' || purpose === 'SVL') {
    return {
      loadBalancing: someHas(rules, '--mode random') ? 'random' : 'roundRobin',
      sessionAffinity: seconds(rules),
      endpoints: endpointsOf(rules, rulesAt),
      rules,
    }
  }
  if (purpose === 'EXT') {
    const port = titleOf(rules)?.[2]
    return {
      nodePort: port === undefined ? null : Number(port),
      externalTrafficPolicy: someHas(rules, '--src-type LOCAL') ? 'Local' : null,
      rules,
    }
  }
  if (purpose !== 'FW') return { rules }
  const ranges = rules.map((rule) => first([rule], /^-s (\S+) /) ?? 'anybody')
  return { loadBalancerSourceRanges: ranges.join(', '), rules }
}

/**
 * Whether what its rules say of a service hangs on no other chain: where endpoints are in chains further down, the
 * last rule leads to one of these.
 */
export const isSelfContained = (rules: readonly string[]): boolean => {
  const last = targetIn(rules.at(-1) ?? '')
  return last === undefined || !isBelow.test(last)
}
