/** A protocol as `-p` has it: what is printed, and its number. */
export interface Protocol {
  readonly text: string
  readonly number: number
}

/**
 * By name. The first line is built into iptables; the others are printed by name where the node's
 * /etc/protocols knows them, as all that we know of do, and by number where it is missing. Protocols
 * on whose names these files differ (4 is `ipencap` or `ipv4`) are refused.
 */
const PROTOCOLS: Readonly<Record<string, number>> = {
  ...{ icmp: 1, tcp: 6, udp: 17, esp: 50, ah: 51, 'ipv6-icmp': 58, sctp: 132, udplite: 136 },
  ...{ igmp: 2, dccp: 33, rsvp: 46, gre: 47, eigrp: 88, ospf: 89, pim: 103, vrrp: 112, l2tp: 115 },
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(PROTOCOLS).map(([name, number]) => [number, name]),
)

// The first number that no one has been given yet, as of 2025, is 148.
const FIRST_UNNAMED = 148

/** Reads a protocol's name, in any case, or its number. `all` and 0 have no text. */
export const parseProtocol = (word: string): Protocol | undefined => {
  const lower = word.toLowerCase()
  const name = lower === 'icmpv6' ? 'ipv6-icmp' : lower
  if (name === 'all') return { text: '', number: 0 }
  if (Object.hasOwn(PROTOCOLS, name)) return { text: name, number: PROTOCOLS[name] ?? 0 }
  return parseProtocolNumber(word)
}

const parseProtocolNumber = (word: string): Protocol | undefined => {
  const number = /^(0|[1-9]\d{0,2})$/.test(word) ? Number(word) : 256
  if (number === 0) return { text: '', number }
  const name = NAMES.get(number)
  if (name !== undefined) return { text: name, number }
  return number >= FIRST_UNNAMED && number <= 255 ? { text: word, number } : undefined
}

/** The match that an option without `-m` belongs to, by protocol. */
export const IMPLICIT_MATCHES: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  icmp: 'icmp',
  'ipv6-icmp': 'icmp6',
}
