import { NO_CONTEXT } from '../extension.ts'
import type { Value } from '../extension.ts'
import { formatRange, parseNumberUpTo, U16 } from './numbers.ts'

// The names on which every /etc/services agrees: what a name means must not hang on the node.
const SERVICES: Readonly<Record<string, number>> = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  tftp: 69,
  http: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  snmp: 161,
  bgp: 179,
  ldap: 389,
  https: 443,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  mysql: 3306,
  postgresql: 5432,
}

/** Hexadecimal, which tcp takes, udp does not. */
const parseDecimal = (word: string): number | undefined =>
  word.includes('x') ? undefined : parseNumberUpTo(word, U16)

/** A port by number, or by a name that means the same everywhere. */
const parsePort = (word: string): number | undefined =>
  Object.hasOwn(SERVICES, word) ? SERVICES[word] : parseDecimal(word)

const parsePortRange = (word: string, separator: string): readonly [number, number] | undefined => {
  const [first = '', second, ...more] = word.split(separator)
  const open = separator === ':' && word.length > 1
  const low = first === '' && open ? 0 : parsePort(first)
  const high = second === undefined ? low : second === '' && open ? U16 : parsePort(second)
  if (low === undefined || high === undefined || low > high || more.length > 0) return undefined
  return [low, high]
}

const isAll = ([low, high]: readonly [number, number]): boolean => low === 0 && high === U16

export const port: Value = {
  expects: 'a port, as 80 (by number, or by a name that is the same on every node)',
  read: (word) => parsePort(word)?.toString(),
}

/**
 * A port or a range; all ports are the same as none named. "Not all", and "not those up to one", are different text in
 * nft (which turns the latter into the range of the others) and in legacy.
 */
export const ports: Value = {
  expects: 'a port or a range of ports, as 80 or 8000:8100',
  read: (word, _context, negated) => {
    const ends = parsePortRange(word, ':')
    const [low, high] = ends ?? [1, 1]
    if (!ends || (negated && low === 0 && high > 0)) return undefined
    return isAll(ends) ? '' : formatRange(ends)
  },
}

/** A port or a range, printed even where it is all ports. */
export const portsAsWritten: Value = {
  expects: ports.expects,
  read: (word) => {
    const ends = parsePortRange(word, ':')
    return ends && formatRange(ends)
  },
}

const MOST_PORTS = 15

/** Up to fifteen ports in the order written; a range counts twice. */
export const portList: Value = {
  expects: 'up to 15 ports (a range counts as two), as 80,443,8000:8100',
  read: (word) => {
    const read = word.split(',').map(readMember)
    const texts = read.filter((text) => text !== undefined)
    const count = texts.reduce((sum, text) => sum + (text.includes(':') ? 2 : 1), 0)
    return texts.length < read.length || count > MOST_PORTS ? undefined : texts.join(',')
  },
}

// Unlike tcp and udp, multiport refuses a range with one end missing, and one of a single port.
const readMember = (word: string): string | undefined => {
  if (!word.includes(':')) return port.read(word, NO_CONTEXT, false)
  const [first = '', second = ''] = word.split(':')
  const ends = first && second ? parsePortRange(word, ':') : undefined
  return ends && ends[0] < ends[1] ? formatRange(ends) : undefined
}

/** `80` or `8000-8100`, as the NAT targets take them: a range has no names. */
export const parseNatPorts = (word: string): string | undefined => {
  if (!word.includes('-')) return parsePort(word)?.toString()
  if (!/^\d+-\d+$/.test(word))
    return Object.hasOwn(SERVICES, word) ? String(SERVICES[word]) : undefined
  const ends = parsePortRange(word, '-')
  return ends && formatRange(ends, '-')
}
