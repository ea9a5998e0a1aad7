import { contains } from '../net/addresses.ts'
import type { Socket } from '../net/sockets.ts'
import { parseSocket } from '../net/sockets.ts'
import type { SavedTable } from './save.ts'

/** The first packet of a connection, as far as it is known. */
export interface Packet extends Socket {
  readonly protocol: 'tcp' | 'udp'
  /** Whether its address is one of the node (`addrtype --dst-type LOCAL`). */
  readonly isLocal: boolean
}

/** Where a packet may come to; a text where that is one of many. */
export type Lead = Socket | string

/** Whether a rule is for a packet: what is not understood of it may be so or not. */
type Fit = 'yes' | 'no' | 'maybe'

/** A rule, as far as it is understood. */
interface Read {
  readonly fit: Fit
  readonly verb: '-j' | '-g' | undefined
  readonly target: string
  /** What stands behind the target. */
  readonly options: readonly string[]
}

const wordPattern = /"(?:[^"\\]|\\.)*"|\S+/g

const inPorts = (ports: string, port: number): boolean =>
  ports.split(',').some((range) => {
    const [first = '', last = first] = range.split(':')
    return Number(first) <= port && port <= Number(last)
  })

type Test = (value: string, packet: Packet) => boolean | undefined

/** What is understood of a rule; undefined: of this value it is not. */
const tests: Readonly<Record<string, Test>> = {
  '-p': (value, { protocol }) => value === protocol,
  '-d': (value, { address }) => contains(value, address),
  '--dport': (value, { port }) => inPorts(value, port),
  '--dports': (value, { port }) => inPorts(value, port),
  '--dst-type': (value, { isLocal }) => (value === 'LOCAL' ? isLocal : undefined),
}

/** Words that say nothing of a packet, each with a value. */
const silent: ReadonlySet<string> = new Set(['-m', '--comment'])

const joinFits = (a: Fit, b: Fit): Fit => {
  if (a === 'no' || b === 'no') return 'no'
  return a === 'maybe' || b === 'maybe' ? 'maybe' : 'yes'
}

const fitOf = (word: string, value: string, negated: boolean, packet: Packet): Fit => {
  if (silent.has(word)) return 'yes'
  const found = tests[word]?.(value, packet)
  if (found === undefined) return 'maybe'
  return found !== negated ? 'yes' : 'no'
}

/** Reads a rule as it is printed: a word that begins with a dash, and its values. */
const read = (rule: string, packet: Packet): Read => {
  const words = rule.match(wordPattern) ?? []
  let fit: Fit = 'yes'
  for (const [index, word] of words.entries()) {
    const value = words[index + 1] ?? ''
    if (word === '-j' || word === '-g')
      return { fit, verb: word, target: value, options: words.slice(index + 2) }
    if (word.startsWith('-'))
      fit = joinFits(fit, fitOf(word, value, words[index - 1] === '!', packet))
  }
  return { fit, verb: undefined, target: '', options: [] }
}

const valueOf = (options: readonly string[], name: string): string => {
  const index = options.indexOf(name)
  return index < 0 ? '' : (options[index + 1] ?? '')
}

/** `ADDRESS`, `ADDRESS:PORT`, `:PORT`; of a range nobody knows which. */
const endOf = (text: string, { address, port }: Packet): Lead => {
  if (/^:\d+$/.test(text)) return { address, port: Number(text.slice(1)) }
  if (/^[\d.]+$/.test(text) || /^[\da-f:]+$/.test(text)) return { address: text, port }
  if (/^\[[\da-f:]+\]$/.test(text)) return { address: text.slice(1, -1), port }
  return parseSocket(text) ?? `one of ${text}`
}

/** Whether a packet may come out of a chain. */
type Way = 'out' | 'never'

type Decide = (packet: Packet, options: readonly string[]) => readonly Lead[]

const stay: Decide = ({ address, port }) => [{ address, port }]

const nowhere: Decide = () => []

/** Targets behind which no rule of the table is asked any more, and where a packet goes by them. */
const deciding: ReadonlyMap<string, Decide> = new Map([
  ['ACCEPT', stay],
  ['DROP', nowhere],
  ['REJECT', nowhere],
  ['DNAT', (packet, options) => [endOf(valueOf(options, '--to-destination'), packet)]],
  ['REDIRECT', () => ['where REDIRECT leads']],
  ['NETMAP', () => ['where NETMAP leads']],
])

interface Walk {
  readonly table: SavedTable
  readonly packet: Packet
  readonly ends: Map<string, Lead>
  /** Chains that were walked: a packet may come to one by several ways. */
  readonly known: Map<string, Way>
}

const note = ({ ends }: Walk, found: readonly Lead[]): void => {
  for (const one of found) ends.set(JSON.stringify(one), one)
}

/** What becomes of a packet by a rule that is for it: it goes on, it leaves the chain, or all is over. */
const effectOf = (walk: Walk, rule: Read): 'on' | 'out' | 'over' => {
  const { verb, target, options } = rule
  if (verb === undefined) return 'on'
  if (target === 'RETURN') return 'out'
  const decide = deciding.get(target)
  if (decide) {
    note(walk, decide(walk.packet, options))
    return 'over'
  }
  if (!walk.table.has(target)) return 'on'
  const way = walkChain(walk, target)
  if (way === 'never') return 'over'
  return verb === '-g' ? 'out' : 'on'
}

const walkChain = (walk: Walk, name: string): Way => {
  const before = walk.known.get(name)
  if (before) return before
  let comesOut = false
  const leave = (way: Way): Way => {
    walk.known.set(name, way)
    return way
  }
  for (const text of walk.table.get(name)?.rules ?? []) {
    const rule = read(text, walk.packet)
    if (rule.fit === 'no') continue
    const effect = effectOf(walk, rule)
    if (effect === 'on') continue
    comesOut ||= effect === 'out'
    if (rule.fit === 'yes') return leave(comesOut ? 'out' : 'never')
  }
  return leave('out')
}

/**
 * Where the rules of a table may lead the first packet of a connection, from a built-in chain on. Conditions that are
 * not of its destination may hold or not: so that each way is told that it may go.
 */
export const findLeads = (
  table: SavedTable | undefined,
  chain: 'PREROUTING' | 'OUTPUT',
  packet: Packet,
): readonly Lead[] => {
  const walk: Walk = { table: table ?? new Map(), packet, ends: new Map(), known: new Map() }
  if (walkChain(walk, chain) === 'out') note(walk, stay(packet, []))
  return [...walk.ends.values()]
}
