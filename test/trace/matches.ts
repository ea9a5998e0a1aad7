import type { Family } from '../../src/net/addresses.ts'
import { isIn, parseNetwork } from './address.ts'
import type { Check, Endpoint, Flow } from './flow.ts'
import { matchRecent } from './recent.ts'
import type { Option, Part } from './words.ts'

const PROTOCOLS: Readonly<Record<string, number>> = {
  ...{ icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, esp: 50, ah: 51 },
  ...{ icmpv6: 58, 'ipv6-icmp': 58, sctp: 132, udplite: 136 },
}

export const protocolNumber = (name: string): number => {
  const number = PROTOCOLS[name] ?? parseNumber(name)
  if (number > 255) throw new Error(`unknown protocol ${name}`)
  return number
}

export const parseNumber = (text: string): number => {
  if (!/^(0x[\da-f]+|\d+)$/i.test(text)) throw new Error(`${text} is not a number`)
  return Number(text)
}

/** `0x4000/0x4000`; all bits where there is no mask. */
export const parseMark = (text: string): { readonly value: number; readonly mask: number } => {
  const [value = '', mask = '0xffffffff'] = text.split('/')
  return { value: parseNumber(value) >>> 0, mask: parseNumber(mask) >>> 0 }
}

const not = (check: Check, negated: boolean): Check => (negated ? (flow) => !check(flow) : check)

/** The checks of `-s`, `-d`, `-i`, `-o` and `-p`. */
export const compileHeader = ({ name, negated, values: [value = ''] }: Option): Check =>
  not(headerCheck(name, value), negated)

const headerCheck = (name: string, value: string): Check => {
  if (name === '-p') {
    const number = value === 'all' ? 0 : protocolNumber(value)
    return number === 0 ? () => true : (flow) => flow.protocol === number
  }
  if (name === '-i') return deviceCheck(value, inInterface)
  if (name === '-o') return deviceCheck(value, (flow) => flow.outInterface)
  const network = parseNetwork(value)
  return name === '-s'
    ? (flow) => isIn(flow.source.words, network)
    : (flow) => isIn(flow.destination.words, network)
}

const inInterface = (flow: Flow): string => {
  if (flow.inInterface === undefined)
    throw new Error('a rule needs inInterface, the packet has none')
  return flow.inInterface
}

const deviceCheck = (pattern: string, device: (flow: Flow) => string): Check => {
  if (!pattern.endsWith('+')) return (flow) => device(flow) === pattern
  const start = pattern.slice(0, -1)
  return (flow) => device(flow).startsWith(start)
}

type Compile = (part: Part, family: Family) => Check

/** The check of a match; all of its options have to hold. */
export const compileMatch = (part: Part, family: Family): Check => {
  const compile = COMPILERS[part.name]
  if (!compile) throw new Error(`unknown match ${part.name}`)
  return compile(part, family)
}

/** A match whose options are independent of each other. */
const each =
  (compile: (option: Option) => Check): Compile =>
  (part) => {
    const checks = part.options.map((option) => not(compile(option), option.negated))
    return (flow) => checks.every((check) => check(flow))
  }

const SYN = ['SYN']

const portCheck = ({ name, values }: Option): Check => {
  if (name === 'syn') return () => true
  if (name === 'tcp-flags') return () => hasFlags(values)
  return portsCheck(name === 'dport' ? [destination] : [source], values)
}

/** What starts a connection is a SYN: of the flags that are looked at, this one is set. */
const hasFlags = ([mask = '', wanted = '']: readonly string[]): boolean => {
  const looked = mask === 'ALL' ? SYN : mask.split(',').filter((flag) => SYN.includes(flag))
  return looked.join(',') === (wanted === 'NONE' ? '' : wanted)
}

const source = (flow: Flow): Endpoint => flow.source
const destination = (flow: Flow): Endpoint => flow.destination

const parsePorts = (text: string): readonly [number, number] => {
  const [first = '', last = first] = text.split(':')
  return [parseNumber(first || '0'), parseNumber(last || '65535')]
}

const portsCheck = (
  ends: readonly ((flow: Flow) => Endpoint)[],
  texts: readonly string[],
): Check => {
  const ranges = texts.map(parsePorts)
  return (flow) =>
    ends.some((end) => {
      const { port } = end(flow)
      if (port === undefined) throw new Error('a rule needs a port, the packet has none')
      return ranges.some(([first, last]) => port >= first && port <= last)
    })
}

const WITH_PORTS = [6, 17, 33, 132, 136]

const ENDS: Readonly<Record<string, readonly ((flow: Flow) => Endpoint)[]>> = {
  sports: [source],
  dports: [destination],
  ports: [source, destination],
}

const multiport: Compile = (part) => {
  const [option, ...more] = part.options
  if (!option || more.length > 0) throw new Error('multiport takes one option')
  const check = portsCheck(ENDS[option.name] ?? [], option.values[0]?.split(',') ?? [])
  return (flow) => WITH_PORTS.includes(flow.protocol) && check(flow) !== option.negated
}

const markCheck = ({ values: [text = ''] }: Option): Check => {
  const { value, mask } = parseMark(text)
  return (flow) => (flow.mark & mask) >>> 0 === value
}

const STATES = ['NEW', 'INVALID', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

const stateCheck = (text: string): Check => {
  const states = text.split(',')
  const unknown = states.find((state) => !STATES.includes(state))
  if (unknown !== undefined) throw new Error(`unknown state ${unknown}`)
  const [snat, dnat] = [states.includes('SNAT'), states.includes('DNAT')]
  return (flow) => states.includes(flow.state) || (snat && flow.isSnat) || (dnat && flow.isDnat)
}

/** Where there is no connection, its state alone is looked at, and nothing else matches, negated or not. */
const conntrack: Compile = ({ options }) => {
  const checks = options.map((option) => not(conntrackCheck(option), option.negated))
  const states = checks.filter((_, at) => options[at]?.name === 'ctstate')
  return (flow) =>
    flow.state === 'NEW'
      ? checks.every((check) => check(flow))
      : states.length > 0 && states.every((check) => check(flow))
}

const conntrackCheck = ({ name, values: [text = ''] }: Option): Check => {
  if (name === 'ctstate') return stateCheck(text)
  if (name === 'ctorigdst') {
    const network = parseNetwork(text)
    return (flow) => isIn(flow.original.words, network)
  }
  const [first, last] = parsePorts(text)
  // A connection without ports has an ICMP type and code where another has its port.
  return ({ original: { port } }) => {
    if (port === undefined) throw new Error('a rule needs a port, the packet has none')
    return port >= first && port <= last
  }
}

const addrtypeCheck = ({ name, values: [type = ''] }: Option): Check => {
  if (type !== 'LOCAL') throw new Error(`unknown address type ${type}`)
  return name === 'src-type'
    ? (flow) => flow.world.isLocal(flow.source.address)
    : (flow) => flow.world.isLocal(flow.destination.address)
}

const optionsOf = (part: Part): ReadonlyMap<string, Option> =>
  new Map(part.options.map((option) => [option.name, option]))

const STEPS = 2 ** 31

/** xt_statistic.c; `--packet p` first matches the packet that is counted as p, from 0 on. */
const statistic: Compile = (part) => {
  const options = optionsOf(part)
  const value = (name: string): string | undefined => options.get(name)?.values[0]
  if (options.get('mode')?.negated) throw new Error('unknown option ! --mode')
  if (value('mode') === 'random') {
    const limit = Math.round(Number(value('probability')) * STEPS)
    if (!(limit >= 0 && limit <= STEPS)) throw new Error('statistic without a probability')
    const negated = options.get('probability')?.negated ?? false
    return ({ world }) => Math.floor(world.random() * STEPS) < limit !== negated
  }
  const last = parseNumber(value('every') ?? '') - 1
  const start = last - parseNumber(value('packet') ?? '0')
  if (value('mode') !== 'nth' || start < 0) throw new Error('unknown way to count')
  const negated = options.get('every')?.negated ?? false
  return ({ world: { counters } }) => {
    const count = counters.get(part) ?? start
    const next = count === last ? 0 : count + 1
    counters.set(part, next)
    return (next === 0) !== negated
  }
}

const RECENT_ACTIONS = ['set', 'rcheck', 'update'] as const

const recent: Compile = (part, family) => {
  const options = optionsOf(part)
  const actions = RECENT_ACTIONS.filter((name) => options.has(name))
  const [action] = actions
  const mask = options.get('mask')?.values[0]
  const whole = family === 'inet' ? '255.255.255.255' : /^(ffff:){7}ffff$/
  if (!action || actions.length > 1)
    throw new Error('recent takes one of --set, --rcheck, --update')
  if (options.has('rdest')) throw new Error('unknown option --rdest')
  if (mask !== undefined && !mask.match(whole)) throw new Error(`unknown mask ${mask}`)
  const name = options.get('name')?.values[0] ?? 'DEFAULT'
  const rule = {
    action,
    negated: options.get(action)?.negated ?? false,
    seconds: parseNumber(options.get('seconds')?.values[0] ?? '0'),
    reap: options.has('reap'),
  }
  if (rule.reap && rule.seconds === 0) throw new Error('--reap needs --seconds')
  return ({ world, source: { address } }) => {
    const list = world.recent.get(name) ?? new Map<string, number>()
    world.recent.set(name, list)
    return matchRecent(list, rule, address, world.now())
  }
}

const COMPILERS: Readonly<Record<string, Compile>> = {
  tcp: each(portCheck),
  udp: each(portCheck),
  sctp: each(portCheck),
  multiport,
  mark: each(markCheck),
  conntrack,
  addrtype: each(addrtypeCheck),
  statistic,
  recent,
  comment: () => () => true,
  // Behind -p ipv6-icmp, so that packets of other protocols do not come here.
  icmp6: () => () => {
    throw new Error('packets of the tracer have no ICMP type')
  },
}
