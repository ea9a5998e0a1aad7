import { flag, option } from '../extension.ts'
import type { Context, Extension, Value } from '../extension.ts'
import { network, parseAddress } from '../values/addresses.ts'
import { parseNumberUpTo, U16 } from '../values/numbers.ts'
import { parseNatPorts } from '../values/ports.ts'

/** iptables takes ports for these alone; for IPv6 its own message is the same, and ICMP is 58 there. */
const withPorts = ({ protocol = '', family }: Context): boolean =>
  ['tcp', 'udp', 'sctp', 'dccp'].includes(protocol) || (protocol === 'icmp' && family === 'inet')

/** `:PORT` off the end; an IPv6 address needs brackets for that. */
const splitPorts = (
  word: string,
  { family }: Context,
): { readonly hosts: string; readonly ports?: string } | undefined => {
  if (family === 'inet') {
    const [hosts = '', ports, ...more] = word.split(':')
    if (more.length > 0) return undefined
    return ports === undefined ? { hosts } : { hosts, ports }
  }
  const [, bracketed, ports] = /^(?:\[([^[\]]+)\])?(?::([^:]*))?$/.exec(word) ?? []
  if (bracketed === undefined && ports === undefined)
    return /[[\]]/.test(word) ? undefined : { hosts: word }
  return ports === undefined ? { hosts: bracketed ?? '' } : { hosts: bracketed ?? '', ports }
}

/** One address, or the first and the last of a range. */
const readHosts = (text: string, context: Context): string | undefined => {
  if (text === '') return ''
  const [first = '', last = first, ...more] = text.split('-')
  const low = parseAddress(first, context.family)
  const high = parseAddress(last, context.family)
  if (low === undefined || high === undefined || more.length > 0) return undefined
  return low === high ? low : `${low}-${high}`
}

/** `8000-8100/9000`: counted from the base port on. Of the NAT targets, DNAT alone has it. */
const readPorts = (text: string, shifted: boolean): string | undefined => {
  const [ports = '', base, ...more] = text.split('/')
  const read = parseNatPorts(ports)
  if (read === undefined || base === undefined) return read
  const number = parseNumberUpTo(base, U16)
  const valid = shifted && number !== undefined && number > 0 && read.includes('-')
  return valid && more.length === 0 ? `${read}/${number}` : undefined
}

const join = (hosts: string, ports: string | undefined, { family }: Context): string => {
  if (ports === undefined) return hosts
  return family === 'inet6' && hosts !== '' ? `[${hosts}]:${ports}` : `${hosts}:${ports}`
}

const destination = (shifted: boolean): Value => ({
  expects:
    'ADDRESS, ADDRESS-ADDRESS or either with :PORT or :PORT-PORT, of the family of the rule' +
    ' (ports need -p tcp, udp, sctp or dccp; an IPv6 address before a port needs brackets)',
  read: (word, context) => {
    const parts = splitPorts(word, context)
    if (!parts) return undefined
    const hosts = readHosts(parts.hosts, context)
    if (parts.ports === undefined) return hosts === '' ? undefined : hosts
    const ports = withPorts(context) ? readPorts(parts.ports, shifted) : undefined
    return hosts === undefined || ports === undefined ? undefined : join(hosts, ports, context)
  },
})

const toPorts: Value = {
  expects: 'a port or a range, as 80 or 8000-8100, in a rule with -p tcp, udp, sctp or dccp',
  read: (word, context) => (withPorts(context) ? readPorts(word, false) : undefined),
}

export const dnat: Extension = {
  name: 'DNAT',
  options: [option('to-destination', destination(true)), flag('random'), flag('persistent')],
  needs: [['to-destination']],
}

export const snat: Extension = {
  name: 'SNAT',
  options: [
    option('to-source', destination(false)),
    flag('random'),
    flag('random-fully'),
    flag('persistent'),
  ],
  needs: [['to-source']],
}

export const masquerade: Extension = {
  name: 'MASQUERADE',
  options: [option('to-ports', toPorts), flag('random'), flag('random-fully')],
}

export const redirect: Extension = {
  name: 'REDIRECT',
  options: [option('to-ports', toPorts), flag('random')],
}

export const netmap: Extension = {
  name: 'NETMAP',
  options: [option('to', network)],
  needs: [['to']],
}
