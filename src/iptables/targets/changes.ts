import { flag, option } from '../extension.ts'
import type { Extension, Option, Value } from '../extension.ts'
import { address } from '../values/addresses.ts'
import { dscp as dscpValue, dscpClass } from '../values/dscp.ts'
import { andMark, markAndMask, markMask, orMark, setMark, xorMark } from '../values/marks.ts'
import { integer, U32, U8 } from '../values/numbers.ts'
import { port } from '../values/ports.ts'
import { name, setDirections } from '../values/words.ts'

/** All are printed as --set-xmark: clear the bits of the mask, flip those of the value. */
const MARK_OPTIONS: readonly Option[] = [
  option('set-xmark', markAndMask),
  option('set-mark', setMark, { writes: 'set-xmark' }),
  option('or-mark', orMark, { writes: 'set-xmark' }),
  option('and-mark', andMark, { writes: 'set-xmark' }),
  option('xor-mark', xorMark, { writes: 'set-xmark' }),
]

export const mark: Extension = {
  name: 'MARK',
  options: MARK_OPTIONS,
  needs: [['set-xmark']],
}

const ALL_BITS = '0xffffffff'

/** `--mask` is short for both masks. */
const finishConnmark: Extension['finish'] = (given) => {
  const copies = given.has('save-mark') || given.has('restore-mark')
  const both = given.get('mask')
  given.delete('mask')
  const surplus = ['nfmask', 'ctmask'].find((key) => given.has(key) && (both ?? !copies))
  if (surplus)
    return `--${surplus} stands beside --save-mark or --restore-mark, and not beside --mask`
  if (!copies) return both && '--mask stands beside --save-mark or --restore-mark'
  for (const key of ['nfmask', 'ctmask'])
    given.set(key, { negated: false, text: both?.text ?? given.get(key)?.text ?? ALL_BITS })
  return undefined
}

export const connmark: Extension = {
  name: 'CONNMARK',
  options: [
    ...MARK_OPTIONS,
    flag('save-mark'),
    flag('restore-mark'),
    option('nfmask', markMask),
    option('ctmask', markMask),
    option('mask', markMask),
  ],
  needs: [['set-xmark', 'save-mark', 'restore-mark']],
  excludes: [['set-xmark', 'save-mark', 'restore-mark']],
  finish: finishConnmark,
}

export const tcpmss: Extension = {
  name: 'TCPMSS',
  protocols: ['tcp'],
  options: [option('set-mss', integer(1, 65_495)), flag('clamp-mss-to-pmtu')],
  needs: [['set-mss', 'clamp-mss-to-pmtu']],
  excludes: [['set-mss', 'clamp-mss-to-pmtu']],
  // Only a SYN carries the option. Legacy's kernel insists, nft's takes the rule.
  finish: (_given, { matches }) =>
    /(?<!!) --tcp-flags \S+ \S*SYN/.test(matches)
      ? undefined
      : 'TCPMSS needs a match for SYN packets before it, as -p tcp --syn',
}

export const dscp: Extension = {
  name: 'DSCP',
  options: [
    option('set-dscp', dscpValue),
    option('set-dscp-class', dscpClass, { writes: 'set-dscp' }),
  ],
  needs: [['set-dscp']],
}

const trafficClass: Value = {
  expects: 'MAJOR:MINOR, in hexadecimal up to ffff, as 1:10',
  read: (word) => {
    const [, major, minor] = /^(?:0x)?([\da-f]{1,4}):(?:0x)?([\da-f]{1,4})$/i.exec(word) ?? []
    if (major === undefined || minor === undefined) return undefined
    return [major, minor].map((part) => part.toLowerCase().padStart(4, '0')).join(':')
  },
}

export const classify: Extension = {
  name: 'CLASSIFY',
  options: [option('set-class', trafficClass)],
  needs: [['set-class']],
}

export const checksum: Extension = {
  name: 'CHECKSUM',
  options: [flag('checksum-fill')],
  needs: [['checksum-fill']],
}

const hops = (prefix: string): Partial<Extension> & { readonly options: readonly Option[] } => {
  const names = ['set', 'dec', 'inc'].map((way) => `${prefix}-${way}`)
  const [set = '', ...steps] = names
  return {
    options: [option(set, integer(0, U8)), ...steps.map((step) => option(step, integer(1, U8)))],
    needs: [names],
    excludes: [names],
  }
}

export const ttl: Extension = { name: 'TTL', family: 'inet', ...hops('ttl') }
export const hl: Extension = { name: 'HL', family: 'inet6', ...hops('hl') }

export const tproxy: Extension = {
  name: 'TPROXY',
  protocols: ['tcp', 'udp'],
  options: [option('on-port', port), option('on-ip', address), option('tproxy-mark', markAndMask)],
  needs: [['on-port']],
  defaults: {
    'on-ip': ({ family }) => (family === 'inet' ? '0.0.0.0' : '::'),
    'tproxy-mark': '0x0/0x0',
  },
}

const setValues = [name(31), setDirections]
const addSet: Option = { name: 'add-set', values: setValues }
const delSet: Option = { name: 'del-set', values: setValues }

export const set: Extension = {
  name: 'SET',
  options: [addSet, delSet, flag('exist'), option('timeout', integer(0, U32 / 1000))],
  needs: [['add-set', 'del-set']],
  excludes: [['add-set', 'del-set']],
  beside: [
    ['exist', 'add-set'],
    ['timeout', 'add-set'],
  ],
}
