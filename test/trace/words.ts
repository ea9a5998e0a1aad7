import { tokenize } from '../../src/iptables/tokens.ts'

/** An option of a rule, as written. */
export interface Option {
  readonly name: string
  readonly negated: boolean
  readonly values: readonly string[]
}

/** A match or a target with its options. */
export interface Part {
  readonly name: string
  readonly options: readonly Option[]
}

/** A rule taken apart; `jump` is a target or a chain. */
export interface RuleWords {
  readonly header: readonly Option[]
  readonly matches: readonly Part[]
  readonly jump: Part | undefined
  readonly isGoto: boolean
}

/** The options of a match or target, and how many values each has. */
type Spec = Readonly<Record<string, number>>

const PORTS: Spec = { sport: 1, dport: 1 }

const MATCHES: Readonly<Record<string, Spec>> = {
  tcp: { ...PORTS, 'tcp-flags': 2, syn: 0 },
  udp: PORTS,
  sctp: PORTS,
  multiport: { sports: 1, dports: 1, ports: 1 },
  mark: { mark: 1 },
  conntrack: { ctstate: 1, ctorigdst: 1, ctorigdstport: 1 },
  addrtype: { 'src-type': 1, 'dst-type': 1 },
  statistic: { mode: 1, probability: 1, every: 1, packet: 1 },
  recent: {
    ...{ set: 0, rcheck: 0, update: 0, seconds: 1, reap: 0 },
    ...{ name: 1, mask: 1, rsource: 0, rdest: 0 },
  },
  comment: { comment: 1 },
  icmp6: { 'icmpv6-type': 1 },
}

const TARGETS: Readonly<Record<string, Spec>> = {
  ACCEPT: {},
  DROP: {},
  RETURN: {},
  REJECT: { 'reject-with': 1 },
  DNAT: { 'to-destination': 1, random: 0, persistent: 0 },
  MASQUERADE: { random: 0, 'random-fully': 0 },
  MARK: { 'set-xmark': 1, 'set-mark': 1 },
  LOG: {
    ...{ 'log-prefix': 1, 'log-level': 1, 'log-tcp-sequence': 0, 'log-tcp-options': 0 },
    ...{ 'log-ip-options': 0, 'log-uid': 0, 'log-macdecode': 0 },
  },
  NOTRACK: {},
  CT: {
    notrack: 0,
    helper: 1,
    ctevents: 1,
    expevents: 1,
    zone: 1,
    'zone-orig': 1,
    'zone-reply': 1,
  },
  TCPMSS: { 'set-mss': 1, 'clamp-mss-to-pmtu': 0 },
}

export const isTarget = (name: string): boolean => Object.hasOwn(TARGETS, name)

interface Draft {
  readonly header: Option[]
  readonly matches: { readonly name: string; readonly options: Option[] }[]
  jump: { readonly name: string; readonly options: Option[] } | undefined
  isGoto: boolean
}

/** Takes what stands behind `-A CHAIN` apart; throws at any word that the tracer does not know. */
export const readRule = (text: string): RuleWords => {
  const read = tokenize(text)
  if (!read.ok) throw new Error(read.message)
  const words = read.tokens.map((token) => token.text)
  const draft: Draft = { header: [], matches: [], jump: undefined, isGoto: false }
  for (let at = 0; at < words.length;) {
    const negated = words[at] === '!'
    const start = negated ? at + 1 : at
    const word = words[start] ?? ''
    const count = word.startsWith('--')
      ? addLong(draft, word.slice(2), negated, words.slice(start + 1))
      : addShort(draft, word, negated, words[start + 1])
    if (start + count >= words.length) throw new Error(`${word} without a value`)
    at = start + 1 + count
  }
  return draft
}

const HEADER = ['-s', '-d', '-i', '-o', '-p']

/** All of them have one value. */
const addShort = (draft: Draft, word: string, negated: boolean, value = ''): number => {
  if (HEADER.includes(word)) draft.header.push({ name: word, negated, values: [value] })
  else if (word === '-m' && Object.hasOwn(MATCHES, value))
    draft.matches.push({ name: value, options: [] })
  else if (word === '-m') throw new Error(`unknown match ${value}`)
  else if (word === '-j' || word === '-g') {
    draft.jump = { name: value, options: [] }
    draft.isGoto = word === '-g'
  } else throw new Error(`unknown option ${word}`)
  return 1
}

/** Adds an option to the part that has it, and returns how many values it took. */
const addLong = (draft: Draft, name: string, negated: boolean, rest: readonly string[]): number => {
  const has = (spec: Spec | undefined): boolean => spec !== undefined && Object.hasOwn(spec, name)
  const target = draft.jump && TARGETS[draft.jump.name]
  const match = draft.matches.findLast((one) => has(MATCHES[one.name])) ?? implicitMatch(draft, has)
  const part = has(target) ? draft.jump : match
  const count = has(target) ? target?.[name] : MATCHES[match?.name ?? '']?.[name]
  if (!part || count === undefined) throw new Error(`unknown option --${name}`)
  part.options.push({ name, negated, values: rest.slice(0, count) })
  return count
}

/** `-p tcp --dport 80`, without -m tcp. */
const implicitMatch = (
  { header, matches }: Draft,
  has: (spec: Spec | undefined) => boolean,
): Draft['matches'][number] | undefined => {
  const protocol = header.find(({ name, negated }) => name === '-p' && !negated)?.values[0] ?? ''
  if (!['tcp', 'udp', 'sctp'].includes(protocol) || !has(MATCHES[protocol])) return undefined
  const match = { name: protocol, options: [] }
  matches.push(match)
  return match
}
