import type { Attributes } from './kind.ts'

// What a person wants to see of a service is told by the rules of its chains, on the node as in the
// plan: nothing of it is kept anywhere else.

const jump = / ?-[jg] (NP\d+-\S+)$/

/** The chains of ours that rules lead to. */
export const targetsOf = (rules: readonly string[]): readonly string[] =>
  rules.flatMap((rule) => jump.exec(rule)?.[1] ?? [])

const destination = /-j DNAT --to-destination (\S+)/

/**
 * Where a service's chain sends connections, in order, each once. Of many endpoints some are in chains
 * further down.
 */
export const endpointsOf = (
  rules: readonly string[],
  rulesAt: (chain: string) => readonly string[],
): readonly string[] => {
  const found = rules.flatMap((rule) => {
    const to = destination.exec(rule)?.[1]
    if (to !== undefined) return [to]
    const next = jump.exec(rule)?.[1]
    return next !== undefined && /^NP\d+-E-/.test(next) ? endpointsOf(rulesAt(next), rulesAt) : []
  })
  return [...new Set(found)]
}

const first = (rules: readonly string[], pattern: RegExp): string | null => {
  for (const rule of rules) {
    const found = pattern.exec(rule)
    if (found) return found[1] ?? found[0]
  }
  return null
}

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

/** What a person wrote that a chain is a part of: the first rule of a service's chain says whose it is. */
export const serviceOf = (chain: string, rules: readonly string[]): string | undefined => {
  if (isShared.test(chain)) return 'services'
  if (!isPort.test(chain)) return undefined
  const found = titleOf(rules)
  return found ? `service ${found[1] ?? ''}` : 'services'
}

const seconds = (rules: readonly string[]): number | null => {
  const text = first(rules, /-m recent --update --seconds (\d+)/)
  return text === null ? null : Number(text)
}

/** What its chains say of a service, in the words of the configuration. */
export const describeService = (
  chain: string,
  rules: readonly string[],
  rulesAt: (chain: string) => readonly string[],
): Attributes => {
  const purpose = isPort.exec(chain)?.[1]
  if (purpose === 'SVC' || purpose === 'SVL') {
    return {
      loadBalancing: first(rules, /--mode (random)/) ?? 'roundRobin',
      sessionAffinity: seconds(rules),
      endpoints: endpointsOf(rules, rulesAt),
    }
  }
  if (purpose === 'EXT') {
    const port = titleOf(rules)?.[2]
    return {
      nodePort: port === undefined ? null : Number(port),
      externalTrafficPolicy: first(rules, /--src-type LOCAL/) === null ? null : 'Local',
    }
  }
  if (purpose !== 'FW') return {}
  const ranges = rules.map((rule) => first([rule], /^-s (\S+) /) ?? 'anybody')
  return { loadBalancerSourceRanges: ranges.join(', ') }
}
