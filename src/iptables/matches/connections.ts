import { flag, negatable, option } from '../extension.ts'
import type { Extension, Value } from '../extension.ts'
import { parseProtocol } from '../protocols.ts'
import { conntrackNetwork, prefixLength, wholeLength } from '../values/addresses.ts'
import { integer, range, U32 } from '../values/numbers.ts'
import { portsAsWritten } from '../values/ports.ts'
import { mark } from '../values/marks.ts'
import { listOf, oneOf } from '../values/words.ts'

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED']

/** Unlike `-p`, it is printed as a number. */
const protocolNumber: Value = {
  expects: 'a protocol by name or number, as tcp or 6',
  read: (word) => {
    const number = parseProtocol(word)?.number
    return number ? String(number) : undefined
  },
}

const STATUSES = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED']
const someStatuses = listOf(...STATUSES)

const statuses: Value = {
  expects: `${someStatuses.expects}, or NONE`,
  read: (word, context, negated) =>
    word.toUpperCase() === 'NONE' ? 'NONE' : someStatuses.read(word, context, negated),
}

export const conntrack: Extension = {
  name: 'conntrack',
  options: [
    negatable('ctstate', listOf(...STATES, 'SNAT', 'DNAT')),
    negatable('ctproto', protocolNumber),
    negatable('ctorigsrc', conntrackNetwork),
    negatable('ctorigdst', conntrackNetwork),
    negatable('ctreplsrc', conntrackNetwork),
    negatable('ctrepldst', conntrackNetwork),
    negatable('ctorigsrcport', portsAsWritten),
    negatable('ctorigdstport', portsAsWritten),
    negatable('ctreplsrcport', portsAsWritten),
    negatable('ctrepldstport', portsAsWritten),
    negatable('ctstatus', statuses),
    negatable('ctexpire', range(U32)),
    option('ctdir', oneOf('ORIGINAL', 'REPLY')),
  ],
  needs: [
    [
      'ctstate',
      'ctproto',
      'ctorigsrc',
      'ctorigdst',
      'ctreplsrc',
      'ctrepldst',
      'ctorigsrcport',
      'ctorigdstport',
      'ctreplsrcport',
      'ctrepldstport',
      'ctstatus',
      'ctexpire',
      'ctdir',
    ],
  ],
}

/** An alias of conntrack in the kernel, and yet printed as it was written. */
export const state: Extension = {
  name: 'state',
  options: [negatable('state', listOf(...STATES))],
  needs: [['state']],
}

export const connmark: Extension = {
  name: 'connmark',
  options: [negatable('mark', mark)],
  needs: [['mark']],
}

export const connlimit: Extension = {
  name: 'connlimit',
  options: [
    option('connlimit-upto', integer(0, U32), { negatable: true, opposite: 'connlimit-above' }),
    option('connlimit-above', integer(0, U32), { negatable: true, opposite: 'connlimit-upto' }),
    option('connlimit-mask', prefixLength(false)),
    flag('connlimit-saddr'),
    flag('connlimit-daddr'),
  ],
  needs: [['connlimit-upto', 'connlimit-above']],
  excludes: [
    ['connlimit-upto', 'connlimit-above'],
    ['connlimit-saddr', 'connlimit-daddr'],
  ],
  defaults: { 'connlimit-mask': wholeLength },
  finish: (given) => {
    if (!given.has('connlimit-daddr')) given.set('connlimit-saddr', { negated: false, text: '' })
    return undefined
  },
}
