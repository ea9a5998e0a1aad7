import { alias, flag, negatable } from '../extension.ts'
import type { Extension, Option, Value } from '../extension.ts'
import { integer, U8 } from '../values/numbers.ts'
import { portList, ports, portsAsWritten } from '../values/ports.ts'
import { listOf, oneOf } from '../values/words.ts'

const withAliases = (ends: Value): readonly Option[] => {
  const sport = negatable('sport', ends)
  const dport = negatable('dport', ends)
  return [sport, alias('source-port', sport), dport, alias('destination-port', dport)]
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']
const someFlags = listOf(...FLAGS)

const flagList = (none: string | undefined): Value => ({
  expects: `a list of ${FLAGS.join(', ')}, or ALL${none ? ` or ${none}` : ''}`,
  read: (word, context, negated) => {
    if (word.toUpperCase() === 'ALL') return FLAGS.join(',')
    if (word.toUpperCase() === 'NONE') return none
    return someFlags.read(word, context, negated)
  },
})

/** nft makes one of two tcp or udp matches, and legacy does not: hence `once`. */
export const tcp: Extension = {
  name: 'tcp',
  protocols: ['tcp'],
  once: true,
  options: [
    ...withAliases(ports),
    negatable('tcp-option', integer(1, U8)),
    // A mask of NONE looks at nothing: no option is printed, or with `!` something else by nft.
    { name: 'tcp-flags', values: [flagList(undefined), flagList('NONE')], negatable: true },
    flag('syn', { writes: 'tcp-flags', constant: 'FIN,SYN,RST,ACK SYN', negatable: true }),
  ],
}

export const udp: Extension = {
  name: 'udp',
  protocols: ['udp'],
  once: true,
  options: withAliases(ports),
}

const CHUNKS = [
  'DATA',
  'INIT',
  'INIT_ACK',
  'SACK',
  'HEARTBEAT',
  'HEARTBEAT_ACK',
  'ABORT',
  'SHUTDOWN',
  'SHUTDOWN_ACK',
  'ERROR',
  'COOKIE_ECHO',
  'COOKIE_ACK',
  'ECN_ECNE',
  'ECN_CWR',
  'SHUTDOWN_COMPLETE',
]
const someChunks = listOf(...CHUNKS)

const chunks: Value = {
  expects: `${someChunks.expects}, or ALL or NONE`,
  read: (word, context, negated) =>
    oneOf('ALL', 'NONE').read(word, context, negated) ?? someChunks.read(word, context, negated),
}

export const sctp: Extension = {
  name: 'sctp',
  protocols: ['sctp'],
  options: [
    ...withAliases(portsAsWritten),
    { name: 'chunk-types', values: [oneOf('all', 'any', 'only'), chunks], negatable: true },
  ],
}

const sports = negatable('sports', portList)
const dports = negatable('dports', portList)

export const multiport: Extension = {
  name: 'multiport',
  protocols: ['tcp', 'udp', 'sctp', 'dccp', 'udplite'],
  options: [
    sports,
    alias('source-ports', sports),
    dports,
    alias('destination-ports', dports),
    negatable('ports', portList),
  ],
  needs: [['sports', 'dports', 'ports']],
  excludes: [['sports', 'dports', 'ports']],
}
