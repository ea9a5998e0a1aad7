import { canonicalAddress } from '../../src/net/addresses.ts'
import { isSame, parseAddress } from './address.ts'
import type { Destination, Endpoint, Flow } from './flow.ts'
import { protocolNumber } from './matches.ts'
import type { Rules } from './rules.ts'
import { walk } from './walk.ts'
import type { Log, Outcome } from './walk.ts'
import type { Route, World } from './world.ts'

/** The first packet of a connection. */
export interface Packet {
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  readonly sport?: number
  readonly dport?: number
  /** Where a forwarded packet came from; a local one has none. */
  readonly inInterface?: string
  /** `forwarded`: from another machine, and it may be for this one. */
  readonly origin: 'forwarded' | 'local'
}

export interface Trace {
  readonly verdict: 'accept' | 'drop' | 'reject'
  /** What a REJECT answers, as `icmp-port-unreachable`. */
  readonly rejectWith?: string
  /** Where the packet ended if it was not accepted: a built-in chain as `filter INPUT`, or `no route`. */
  readonly by?: string
  /** After NAT. The address is undefined where the world did not tell what MASQUERADE takes. */
  readonly source: { readonly address: string | undefined; readonly port: number | undefined }
  readonly destination: { readonly address: string; readonly port: number | undefined }
  /** Whether a MASQUERADE decided, even if it took the address that the packet had. */
  readonly masqueraded: boolean
  readonly mark: number
  /** Where it was sent in the end; undefined where it did not get so far. */
  readonly route: Route | undefined
  /** The chains it walked, in order, as `nat PREROUTING`. */
  readonly path: readonly string[]
  /** The rules that matched, in order. */
  readonly matched: readonly string[]
  /** How many rules were looked at. */
  readonly evaluated: number
}

interface Run {
  readonly rules: Rules
  readonly flow: Flow
  readonly log: Log
  route: Route | undefined
  masqueraded: boolean
}

/** Why a packet goes no further. */
interface Stop {
  readonly verdict: 'drop' | 'reject'
  readonly rejectWith?: string
  readonly by: string
}

/**
 * Where the kernel takes the first packet of a connection, and what it makes of it on the way. What the
 * rules count and remember is left in the world, for the next one.
 */
export const trace = (rules: Rules, packet: Packet, world: World): Trace => {
  const run: Run = {
    rules,
    flow: createFlow(rules, packet, world),
    log: { path: [], matched: [], evaluated: 0 },
    route: undefined,
    masqueraded: false,
  }
  const stop = packet.origin === 'local' ? send(run) : receive(run)
  const { flow, log } = run
  const unknown = run.masqueraded && run.route?.source === undefined
  return {
    ...(stop ?? { verdict: 'accept' }),
    source: { address: unknown ? undefined : flow.source.address, port: flow.source.port },
    destination: { address: flow.destination.address, port: flow.destination.port },
    masqueraded: run.masqueraded,
    mark: flow.mark,
    route: run.route,
    path: log.path,
    matched: log.matched.map(({ text }) => text),
    evaluated: log.evaluated,
  }
}

const endpoint = (text: string, port: number | undefined): Endpoint => {
  const address = canonicalAddress(text)
  return { address, words: parseAddress(address), port }
}

const createFlow = ({ family }: Rules, packet: Packet, world: World): Flow => {
  const { source, destination, sport, dport, origin } = packet
  const name = packet.protocol === 'icmp' && family === 'inet6' ? 'icmpv6' : packet.protocol
  const to = endpoint(destination, dport)
  const from = endpoint(source, sport)
  const words = family === 'inet' ? 1 : 4
  if (to.words.length !== words || from.words.length !== words)
    throw new Error(`${source} or ${destination} is not of the rules' family`)
  return {
    family,
    protocol: protocolNumber(name),
    world,
    source: from,
    destination: to,
    original: to,
    inInterface: origin === 'local' ? '' : packet.inInterface,
    outInterface: '',
    mark: 0,
    state: 'INVALID',
    isDnat: false,
    isSnat: false,
  }
}

const receive = (run: Run): Stop | undefined =>
  hook(run, 'raw', 'PREROUTING') ??
  seeConnection(run) ??
  hook(run, 'mangle', 'PREROUTING') ??
  hook(run, 'nat', 'PREROUTING') ??
  findRoute(run) ??
  (run.route?.local ? deliver(run) : forward(run))

const deliver = (run: Run): Stop | undefined =>
  hook(run, 'mangle', 'INPUT') ?? hook(run, 'filter', 'INPUT') ?? hook(run, 'nat', 'INPUT')

const forward = (run: Run): Stop | undefined => {
  run.flow.outInterface = run.route?.out ?? ''
  return hook(run, 'mangle', 'FORWARD') ?? hook(run, 'filter', 'FORWARD') ?? post(run)
}

/** Since Linux 5.7, POSTROUTING still knows where a forwarded packet came from. */
const post = (run: Run): Stop | undefined => {
  run.flow.outInterface = run.route?.out ?? ''
  return hook(run, 'mangle', 'POSTROUTING') ?? hook(run, 'nat', 'POSTROUTING')
}

const send = (run: Run): Stop | undefined => {
  const { flow } = run
  const lost = findRoute(run)
  if (lost) return lost
  // All of OUTPUT is told this device, even what runs after the packet was sent elsewhere.
  flow.outInterface = run.route?.out ?? ''
  return (
    hook(run, 'raw', 'OUTPUT') ??
    seeConnection(run) ??
    hook(run, 'mangle', 'OUTPUT') ??
    hook(run, 'nat', 'OUTPUT') ??
    (flow.isDnat ? findRoute(run) : undefined) ??
    hook(run, 'filter', 'OUTPUT') ??
    post(run) ??
    (run.route?.local ? loop(run) : undefined)
  )
}

/** What comes out of `lo` still has its connection, and NAT was decided when it went in. */
const loop = (run: Run): Stop | undefined => {
  if (run.masqueraded && run.route?.source === undefined)
    throw new Error('the packet comes back masqueraded, and its route has no source')
  run.flow.inInterface = run.route?.out ?? ''
  run.flow.outInterface = ''
  return (
    hook(run, 'raw', 'PREROUTING') ??
    hook(run, 'mangle', 'PREROUTING') ??
    hook(run, 'mangle', 'INPUT') ??
    hook(run, 'filter', 'INPUT')
  )
}

const seeConnection = ({ flow }: Run): Stop | undefined => {
  if (flow.state === 'INVALID') flow.state = 'NEW'
  return undefined
}

const findRoute = (run: Run): Stop | undefined => {
  const { source, destination, world } = run.flow
  run.route = world.route(destination.address, source.address)
  return run.route ? undefined : { verdict: 'drop', by: 'no route' }
}

/** One table at one hook. */
const hook = (run: Run, table: string, name: string): Stop | undefined => {
  const chain = run.rules.tables.get(table)?.get(name)
  // NAT is of connections.
  if (!chain || (table === 'nat' && run.flow.state !== 'NEW')) return undefined
  const outcome = walk(chain, run.flow, run.log)
  const by = `${table} ${name}`
  switch (outcome.do) {
    case 'accept':
      return undefined
    case 'drop':
      return { verdict: 'drop', by }
    case 'policy':
      return chain.policy === 'DROP' ? { verdict: 'drop', by } : undefined
    case 'reject':
      if (table !== 'filter') throw new Error(`REJECT in ${by}`)
      return { verdict: 'reject', rejectWith: outcome.with, by }
    default:
      return translate(run, outcome, by)
  }
}

type Translation = Extract<Outcome, { do: 'dnat' | 'masquerade' }>

const translate = (run: Run, outcome: Translation, by: string): Stop | undefined => {
  if (outcome.do === 'dnat') {
    if (by !== 'nat PREROUTING' && by !== 'nat OUTPUT') throw new Error(`DNAT in ${by}`)
    changeDestination(run.flow, outcome.to)
  } else {
    if (by !== 'nat POSTROUTING') throw new Error(`MASQUERADE in ${by}`)
    changeSource(run)
  }
  return undefined
}

const isOther = (one: Endpoint, other: Endpoint): boolean =>
  !isSame(one.words, other.words) || one.port !== other.port

const changeDestination = (flow: Flow, to: Destination): void => {
  const before = flow.destination
  flow.destination = {
    address: to.address ?? before.address,
    words: to.words ?? before.words,
    port: to.port ?? before.port,
  }
  flow.isDnat = isOther(before, flow.destination)
}

/** The port is kept: the kernel takes another where two connections would be the same, which none is here. */
const changeSource = (run: Run): void => {
  run.masqueraded = true
  const before = run.flow.source
  if (run.route?.source === undefined) return
  run.flow.source = endpoint(run.route.source, before.port)
  run.flow.isSnat = isOther(before, run.flow.source)
}
