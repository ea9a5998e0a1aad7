import type { Extension } from '../extension.ts'
import * as changes from './changes.ts'
import * as nat from './nat.ts'
import * as verdicts from './verdicts.ts'

/** The targets whose canonical text is known. */
export const TARGETS: readonly Extension[] = [
  ...['ACCEPT', 'DROP', 'RETURN', 'QUEUE', 'NOTRACK'].map(verdicts.plain),
  verdicts.reject,
  verdicts.log,
  verdicts.nflog,
  verdicts.nfqueue,
  verdicts.ct,
  nat.dnat,
  nat.snat,
  nat.masquerade,
  nat.redirect,
  nat.netmap,
  changes.mark,
  changes.connmark,
  changes.tcpmss,
  changes.dscp,
  changes.classify,
  changes.checksum,
  changes.ttl,
  changes.hl,
  changes.tproxy,
  changes.set,
]

/** Those that iptables has beside them. It takes them for targets, so no chain can have their name. */
export const OTHER_TARGETS: ReadonlySet<string> = new Set([
  'AUDIT',
  'CLUSTERIP',
  'CONNSECMARK',
  'DNPT',
  'ECN',
  'ERROR',
  'HMARK',
  'IDLETIMER',
  'LED',
  'NAT',
  'RATEEST',
  'SECMARK',
  'SNPT',
  'SYNPROXY',
  'TCPOPTSTRIP',
  'TEE',
  'TOS',
  'TRACE',
  'ULOG',
  'standard',
])
