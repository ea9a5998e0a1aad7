import { flag, option } from '../extension.ts'
import type { Extension, Value } from '../extension.ts'
import { formatRange, integer, parseNumberUpTo, parseRange, U16, U32 } from '../values/numbers.ts'
import { listOf, name, oneOfNamed, text } from '../values/words.ts'

const REJECTIONS: Readonly<Record<string, string>> = {
  'icmp-net-unreachable': 'icmp-net-unreachable',
  'net-unreach': 'icmp-net-unreachable',
  'icmp-host-unreachable': 'icmp-host-unreachable',
  'host-unreach': 'icmp-host-unreachable',
  'icmp-proto-unreachable': 'icmp-proto-unreachable',
  'proto-unreach': 'icmp-proto-unreachable',
  'icmp-port-unreachable': 'icmp-port-unreachable',
  'port-unreach': 'icmp-port-unreachable',
  'icmp-net-prohibited': 'icmp-net-prohibited',
  'net-prohib': 'icmp-net-prohibited',
  'icmp-host-prohibited': 'icmp-host-prohibited',
  'host-prohib': 'icmp-host-prohibited',
  'icmp-admin-prohibited': 'icmp-admin-prohibited',
  'admin-prohib': 'icmp-admin-prohibited',
  'tcp-reset': 'tcp-reset',
  'tcp-rst': 'tcp-reset',
}

const REJECTIONS6: Readonly<Record<string, string>> = {
  'icmp6-no-route': 'icmp6-no-route',
  'no-route': 'icmp6-no-route',
  'icmp6-adm-prohibited': 'icmp6-adm-prohibited',
  'adm-prohibited': 'icmp6-adm-prohibited',
  'icmp6-addr-unreachable': 'icmp6-addr-unreachable',
  'addr-unreach': 'icmp6-addr-unreachable',
  'icmp6-port-unreachable': 'icmp6-port-unreachable',
  'port-unreach': 'icmp6-port-unreachable',
  'icmp6-policy-fail': 'icmp6-policy-fail',
  'policy-fail': 'icmp6-policy-fail',
  'icmp6-reject-route': 'icmp6-reject-route',
  'reject-route': 'icmp6-reject-route',
  'tcp-reset': 'tcp-reset',
}

const rejection: Value = {
  expects: `one of ${Object.keys(REJECTIONS).join(', ')}, or for IPv6 of ${Object.keys(REJECTIONS6).join(', ')}`,
  read: (word, context, negated) =>
    oneOfNamed(context.family === 'inet' ? REJECTIONS : REJECTIONS6).read(word, context, negated),
}

export const reject: Extension = {
  name: 'REJECT',
  options: [option('reject-with', rejection)],
  defaults: {
    'reject-with': ({ family }) =>
      family === 'inet' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
  },
  finish: (given, { protocol }) =>
    given.get('reject-with')?.text === 'tcp-reset' && protocol !== 'tcp'
      ? '--reject-with tcp-reset needs -p tcp'
      : undefined,
}

const LEVELS: Readonly<Record<string, string>> = {
  emerg: '0',
  panic: '0',
  alert: '1',
  crit: '2',
  error: '3',
  warning: '',
  notice: '5',
  info: '6',
  debug: '7',
}

/** Printed as a number; 4, a warning, is the default and not printed. */
const level: Value = {
  expects: `a number from 0 to 7 or one of ${Object.keys(LEVELS).join(', ')}`,
  read: (word) => {
    if (Object.hasOwn(LEVELS, word)) return LEVELS[word]
    const number = parseNumberUpTo(word, 7)
    return number === 4 ? '' : number?.toString()
  },
}

/** A longer prefix is cut by iptables without a word. */
export const log: Extension = {
  name: 'LOG',
  options: [
    option('log-prefix', text(1, 29)),
    option('log-level', level),
    flag('log-tcp-sequence'),
    flag('log-tcp-options'),
    flag('log-ip-options'),
    flag('log-uid'),
    flag('log-macdecode'),
  ],
}

/** A longer prefix is cut by legacy and kept by nft. */
export const nflog: Extension = {
  name: 'NFLOG',
  options: [
    option('nflog-prefix', text(1, 63)),
    option('nflog-group', integer(0, U16, 0)),
    option('nflog-size', integer(0, U32)),
    option('nflog-threshold', integer(0, U16, 0)),
  ],
}

/** What an open end means changed with 1.8.11, and the last number is no queue of a range. */
const queues: Value = {
  expects: 'a range up to 65534, as 0:3',
  read: (word) => {
    const ends = parseRange(word, U16 - 1)
    const closed = ends && ends[0] < ends[1] && /\d:\d/.test(word)
    return closed ? formatRange(ends) : undefined
  },
}

export const nfqueue: Extension = {
  name: 'NFQUEUE',
  options: [
    option('queue-num', integer(0, U16)),
    option('queue-balance', queues),
    flag('queue-bypass'),
    flag('queue-cpu-fanout'),
  ],
  excludes: [['queue-num', 'queue-balance']],
  beside: [['queue-cpu-fanout', 'queue-balance']],
  finish: (given) => {
    if (!given.has('queue-balance') && !given.has('queue-num'))
      given.set('queue-num', { negated: false, text: '0' })
    return undefined
  },
}

const EVENTS = [
  'new',
  'related',
  'destroy',
  'reply',
  'assured',
  'protoinfo',
  'helper',
  'mark',
  'natseqinfo',
  'secmark',
]

/** Zone 0 is the default; `mark` takes the packet's. */
const zone: Value = {
  expects: 'a number from 1 to 65535, or mark',
  read: (word, context, negated) =>
    word === 'mark' ? word : integer(1, U16).read(word, context, negated),
}

export const ct: Extension = {
  name: 'CT',
  options: [
    flag('notrack'),
    option('helper', name(15)),
    option('ctevents', listOf(...EVENTS)),
    option('expevents', listOf('new')),
    option('zone-orig', zone),
    option('zone-reply', zone),
    option('zone', zone),
  ],
  // iptables merges two of them into one.
  excludes: [['zone', 'zone-orig', 'zone-reply']],
}

/** Targets without options. */
export const plain = (target: string): Extension => ({ name: target, options: [] })
