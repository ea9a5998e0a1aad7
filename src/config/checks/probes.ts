import { familyOf } from '../../net/addresses.ts'
import { formatSocket, parseSocket } from '../../net/sockets.ts'
import { kindsOf, nameOf } from '../../probes/name.ts'
import { probeKinds } from '../../probes/probe.ts'
import type { ProbeKind } from '../../probes/probe.ts'
import { fewestTries } from '../../probes/shares.ts'
import { socketOfUrl } from '../../probes/url.ts'
import type { Check as ProbeEntry } from '../config.ts'
import type { Path } from '../located.ts'
import { joinWords, quote, suggest } from '../words.ts'
import { nameFamily } from './prefixes.ts'
import { findTwins, type Check, type Problem } from './topology.ts'

/** The keys that are of some kinds only. */
const kindsOfKey: Readonly<Partial<Record<keyof ProbeEntry, readonly ProbeKind[]>>> = {
  reaches: ['tcp', 'udp', 'http'],
  send: ['udp'],
  reply: ['udp'],
  status: ['http'],
  body: ['http'],
  server: ['dns'],
  type: ['dns'],
  answers: ['dns'],
}

/** The key that a kind cannot do without, and why. */
const required: Readonly<Partial<Record<ProbeKind, readonly [keyof ProbeEntry, string]>>> = {
  udp: ['send', 'without a question nobody answers'],
  dns: ['server', 'say whom to ask: pods have other servers than their node'],
}

const each =
  (check: (entry: ProbeEntry, path: Path) => readonly Problem[]): Check =>
  ({ config }) =>
    (config.checks ?? []).flatMap((entry, index) => check(entry, ['checks', index]))

/** A check is of one kind, and has the keys of that kind. */
export const checkProbeKinds = each((entry, path): readonly Problem[] => {
  const [kind, other] = kindsOf(entry)
  if (kind === undefined) {
    const message = `a check needs one of ${joinWords(probeKinds.map(quote), 'and')}`
    return [{ code: 'value', message, path }]
  }
  if (other !== undefined) {
    const message = `"${other}" beside "${kind}"`
    const hint = 'write a check for each'
    const related = [...path, kind]
    return [{ code: 'value', message, path: [...path, other], part: 'key', hint, related }]
  }
  return [...refuseKeys(entry, kind, path), ...requireKey(entry, kind, path)]
})

const refuseKeys = (entry: ProbeEntry, kind: ProbeKind, path: Path): readonly Problem[] =>
  Object.entries(kindsOfKey)
    .filter(([key, kinds]) => Object.hasOwn(entry, key) && !kinds.includes(kind))
    .map(([key, kinds]) => ({
      code: 'value',
      message: `"${key}" beside "${kind}"`,
      path: [...path, key],
      part: 'key',
      hint: `it is for ${joinWords(kinds, 'and')}`,
    }))

const requireKey = (entry: ProbeEntry, kind: ProbeKind, path: Path): readonly Problem[] => {
  const [key, hint] = required[kind] ?? []
  if (key === undefined || entry[key] !== undefined) return []
  const message = `"${kind}" without "${key}"`
  return [{ code: 'value', message, path: [...path, kind], part: 'key', hint }]
}

/** Checks from a namespace that is not declared. */
export const checkProbeNamespaces: Check = ({ config }) => {
  const known = Object.keys(config.namespaces ?? {})
  return (config.checks ?? []).flatMap(({ from }, index): readonly Problem[] => {
    if (from === undefined || known.includes(from)) return []
    const hint =
      suggest(from, known) ?? 'declare it under namespaces; without "from" it is the node'
    const message = `no namespace ${quote(from)}`
    return [{ code: 'reference', message, path: ['checks', index, 'from'], hint }]
  })
}

/** A host that is a name would be looked up by the node, wherever the check is made from. */
export const checkUrls = each(({ http }, path): readonly Problem[] => {
  if (http === undefined || socketOfUrl(http)) return []
  const message = `http must be the URL of an address, got ${quote(http)}`
  const hint = 'as in "http://10.0.0.1:8080/healthz"; names are for "dns"'
  return [{ code: 'value', message, path: [...path, 'http'], hint }]
})

/** The address that a check connects to. */
const addressOf = ({ tcp, udp, http }: ProbeEntry): string | undefined => {
  const target = tcp ?? udp
  return (target === undefined ? socketOfUrl(http ?? '') : parseSocket(target))?.address
}

const checkEndpoints = (entry: ProbeEntry, reaches: readonly string[], path: Path): Problem[] => {
  const address = addressOf(entry)
  const endpoints = reaches.map((text, index) => ({
    ...(parseSocket(text) ?? { address: text, port: 0 }),
    path: [...path, 'reaches', index],
  }))
  const strangers = endpoints.filter(
    (one) => address !== undefined && familyOf(one.address) !== familyOf(address),
  )
  return [
    ...strangers.map((one): Problem => {
      const message = `${one.address} is not of ${nameFamily(familyOf(address ?? ''))}, as ${address ?? ''} is`
      return { code: 'value', message, path: one.path }
    }),
    ...findTwins(endpoints, formatSocket).map(([one, first]): Problem => {
      const message = `the endpoint ${formatSocket(one)} is there twice`
      return { code: 'duplicate', message, path: one.path, related: first.path }
    }),
  ]
}

/** Endpoints that cannot be reached in equal shares, all of them. */
export const checkReaches = each((entry, path): readonly Problem[] => {
  const { reaches, count, expect } = entry
  if (!reaches) return []
  const fewest = fewestTries(reaches.length)
  const tooFew = count !== undefined && count < fewest
  const message = `${count ?? 0} tries say nothing about the shares of ${reaches.length} endpoints`
  const hint = `at least ${fewest}; without "count" there are as many as it takes`
  return [
    ...(tooFew ? [{ code: 'value' as const, message, path: [...path, 'count'], hint }] : []),
    ...(expect === 'failure'
      ? [
          {
            code: 'value' as const,
            message: '"reaches" beside "expect: failure"',
            path: [...path, 'reaches'],
            hint: 'what fails reaches nobody',
            related: [...path, 'expect'],
          },
        ]
      : []),
    ...checkEndpoints(entry, reaches, path),
  ]
})

/** Answers that a question of this type cannot have. */
export const checkAnswers = each(({ answers = [], type = 'A' }, path) => {
  const family = type === 'A' ? 'inet' : 'inet6'
  return answers.flatMap((answer, index): readonly Problem[] => {
    if (familyOf(answer) === family) return []
    const message = `${quote(answer)} is not of ${nameFamily(family)}, as answers of type ${type} are`
    const hint = `type ${type === 'A' ? 'AAAA' : 'A'} asks for these`
    return [{ code: 'value', message, path: [...path, 'answers', index], hint }]
  })
})

/** Results of checks are told apart, and compared, by their names. */
export const checkProbeNames: Check = ({ config }) => {
  const checks = config.checks ?? []
  const named = checks.map((entry, index) => ({ entry, path: ['checks', index] }))
  const whole = named.filter(({ entry }) => kindsOf(entry).length === 1)
  return findTwins(whole, ({ entry }) => nameOf(entry)).map(([{ entry, path }, first]): Problem => {
    const message = `two checks are called ${quote(nameOf(entry))}`
    const hint = entry.name === undefined ? 'give this one a "name"' : undefined
    const at = entry.name === undefined ? path : [...path, 'name']
    return { code: 'duplicate', message, path: at, hint, related: first.path }
  })
}
