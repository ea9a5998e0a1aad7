import { alias, flag, negatable, option } from '../extension.ts'
import type { Extension, Option, Value } from '../extension.ts'
import { addressRange, mac as macAddress } from '../values/addresses.ts'
import { dscp as dscpValue, dscpClass } from '../values/dscp.ts'
import {
  integer,
  parseNumberUpTo,
  parseRange,
  formatRange,
  range,
  U16,
  U32,
  U8,
} from '../values/numbers.ts'
import { mark as markValue } from '../values/marks.ts'
import { device, listOf, name, oneOfNamed, setDirections, text } from '../values/words.ts'

/** Longer text is cut by iptables without a word, and would never be found again. */
export const comment: Extension = {
  name: 'comment',
  options: [option('comment', text(0, 255))],
  needs: [['comment']],
}

export const mark: Extension = {
  name: 'mark',
  options: [negatable('mark', markValue)],
  needs: [['mark']],
}

const TYPES = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST']
const ROUTES = ['BLACKHOLE', 'UNREACHABLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE']

/** The kernel refuses for IPv6 what only IPv4's routing knows. */
const addressTypes: Value = {
  ...listOf(...TYPES, ...ROUTES),
  read: (word, context, negated) => {
    const known =
      context.family === 'inet'
        ? [...TYPES, ...ROUTES]
        : ['UNSPEC', 'UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE']
    return listOf(...known).read(word, context, negated)
  },
}

export const addrtype: Extension = {
  name: 'addrtype',
  options: [
    negatable('src-type', addressTypes),
    negatable('dst-type', addressTypes),
    flag('limit-iface-in'),
    flag('limit-iface-out'),
  ],
  needs: [['src-type', 'dst-type']],
  excludes: [['limit-iface-in', 'limit-iface-out']],
}

export const physdev: Extension = {
  name: 'physdev',
  options: [
    flag('physdev-is-in', { negatable: true }),
    negatable('physdev-in', device),
    flag('physdev-is-out', { negatable: true }),
    negatable('physdev-out', device),
    flag('physdev-is-bridged', { negatable: true }),
  ],
  needs: [['physdev-is-in', 'physdev-in', 'physdev-is-out', 'physdev-out', 'physdev-is-bridged']],
}

export const mac: Extension = {
  name: 'mac',
  options: [negatable('mac-source', macAddress)],
  needs: [['mac-source']],
}

export const length: Extension = {
  name: 'length',
  options: [negatable('length', range(U16))],
  needs: [['length']],
}

export const tcpmss: Extension = {
  name: 'tcpmss',
  protocols: ['tcp'],
  options: [negatable('mss', range(U16))],
  needs: [['mss']],
}

/** 4294967295 means "nobody" to the kernel. */
const ids: Value = {
  expects: 'a number or a range, as 1000 or 1000-2000 (names differ from node to node)',
  read: (word) => {
    if (word === 'root') return '0'
    const ends = parseRange(word, U32 - 1, '-')
    return ends && formatRange(ends, '-')
  },
}

export const owner: Extension = {
  name: 'owner',
  options: [
    flag('socket-exists', { negatable: true }),
    negatable('uid-owner', ids),
    negatable('gid-owner', ids),
    flag('suppl-groups'),
  ],
  needs: [['socket-exists', 'uid-owner', 'gid-owner']],
  beside: [['suppl-groups', 'gid-owner']],
}

export const pkttype: Extension = {
  name: 'pkttype',
  options: [
    negatable(
      'pkt-type',
      oneOfNamed({
        unicast: 'unicast',
        broadcast: 'broadcast',
        multicast: 'multicast',
        otherhost: 'otherhost',
        host: 'unicast',
        bcast: 'broadcast',
        mcast: 'multicast',
      }),
    ),
  ],
  needs: [['pkt-type']],
}

export const iprange: Extension = {
  name: 'iprange',
  options: [negatable('src-range', addressRange), negatable('dst-range', addressRange)],
  needs: [['src-range', 'dst-range']],
}

export const rpfilter: Extension = {
  name: 'rpfilter',
  options: [flag('loose'), flag('validmark'), flag('accept-local'), flag('invert')],
}

const hops = (prefix: string): readonly Option[] => {
  const equal = negatable(`${prefix}-eq`, integer(0, U8))
  const byte = integer(0, U8)
  return [equal, alias(prefix, equal), option(`${prefix}-lt`, byte), option(`${prefix}-gt`, byte)]
}

export const ttl: Extension = {
  name: 'ttl',
  family: 'inet',
  options: hops('ttl'),
  needs: [['ttl-eq', 'ttl-lt', 'ttl-gt']],
  excludes: [['ttl-eq', 'ttl-lt', 'ttl-gt']],
}

export const hl: Extension = {
  name: 'hl',
  family: 'inet6',
  options: hops('hl'),
  needs: [['hl-eq', 'hl-lt', 'hl-gt']],
  excludes: [['hl-eq', 'hl-lt', 'hl-gt']],
}

export const dscp: Extension = {
  name: 'dscp',
  options: [
    negatable('dscp', dscpValue),
    option('dscp-class', dscpClass, { writes: 'dscp', negatable: true }),
  ],
  needs: [['dscp']],
}

const counter: Value = {
  expects: 'a number',
  read: (word) => parseNumberUpTo(word, Number.MAX_SAFE_INTEGER)?.toString(),
}

export const set: Extension = {
  name: 'set',
  options: [
    { name: 'match-set', values: [name(31), setDirections], negatable: true },
    flag('return-nomatch'),
    // Without `!` it is the default, and not printed.
    flag('update-counters', { negatable: true }),
    flag('update-subcounters', { negatable: true }),
    negatable('packets-eq', counter),
    option('packets-lt', counter),
    option('packets-gt', counter),
    negatable('bytes-eq', counter),
    option('bytes-lt', counter),
    option('bytes-gt', counter),
  ],
  needs: [['match-set']],
  excludes: [
    ['packets-eq', 'packets-lt', 'packets-gt'],
    ['bytes-eq', 'bytes-lt', 'bytes-gt'],
  ],
  finish: (given) => {
    for (const one of ['update-counters', 'update-subcounters'])
      if (given.get(one)?.negated === false) given.delete(one)
    return undefined
  },
}
