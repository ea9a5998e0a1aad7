import { familyOf, type Family } from '../../net/addresses.ts'
import type { Forwarding, Masquerade } from '../config.ts'
import type { Path } from '../located.ts'
import { checkPortRange } from './ports.ts'
import { checkHostBits } from './prefixes.ts'
import type { Check, Problem } from './topology.ts'

/** Prefixes with host bits, of both sections. */
export const checkFirewallPrefixes: Check = ({ config }) => [
  ...(config.forwarding ?? []).flatMap(({ source, destination }, index) => [
    ...checkHostBits(source, ['forwarding', index, 'source']),
    ...checkHostBits(destination, ['forwarding', index, 'destination']),
  ]),
  ...(config.masquerade ?? []).flatMap(({ source, destination, exceptDestination }, index) => [
    ...checkHostBits(source, ['masquerade', index, 'source']),
    ...checkHostBits(destination, ['masquerade', index, 'destination']),
    ...checkHostBits(exceptDestination, ['masquerade', index, 'exceptDestination']),
  ]),
]

// XT_MAX_COMMENT_LEN, with the zero behind it.
const LONGEST_COMMENT = 255

/** Comments that iptables would cut off without a word. */
export const checkComments: Check = ({ config }) =>
  (['forwarding', 'masquerade'] as const).flatMap((section) =>
    (config[section] ?? []).flatMap(({ comment = '' }, index): readonly Problem[] => {
      const length = Buffer.byteLength(comment)
      if (length <= LONGEST_COMMENT) return []
      const message = `a comment of ${length} bytes: iptables keeps the first ${LONGEST_COMMENT}`
      return [{ code: 'value', message, path: [section, index, 'comment'] }]
    }),
  )

/** An entry is of one family, wherever it says so. */
export const checkFirewallFamilies: Check = ({ config }) => [
  ...(config.forwarding ?? []).flatMap((entry, index) =>
    checkFamilies(saidByForwarding(entry), ['forwarding', index]),
  ),
  ...(config.masquerade ?? []).flatMap((entry, index) =>
    checkFamilies(saidByMasquerade(entry), ['masquerade', index]),
  ),
]

/** Ports need a protocol that has them, and a range runs forwards. */
export const checkForwardedPorts: Check = ({ config }) =>
  (config.forwarding ?? []).flatMap(({ ports, protocol }, index): readonly Problem[] => {
    const path = ['forwarding', index]
    if (ports === undefined) return []
    if (['tcp', 'udp', 'sctp'].includes(protocol ?? ''))
      return checkPortRange(ports, [...path, 'ports'])
    const message =
      protocol === undefined
        ? '"ports" without "protocol"'
        : `"ports" beside "protocol: ${protocol}"`
    const hint = 'tcp, udp and sctp have ports: say which with "protocol"'
    return [{ code: 'value', message, path: [...path, 'ports'], part: 'key', hint }]
  })

/** Keys that say the same thing twice, and entries that are for everything or for nothing. */
export const checkMasquerades: Check = ({ config }) =>
  (config.masquerade ?? []).flatMap((entry, index): readonly Problem[] => {
    const path = ['masquerade', index]
    const pairs = [
      ['destination', 'exceptDestination'],
      ['outInterface', 'exceptOutInterface'],
    ] as const
    const both = pairs.filter(
      ([one, other]) => entry[one] !== undefined && entry[other] !== undefined,
    )
    const keys = ['source', 'outInterface', 'exceptOutInterface'] as const
    if (keys.every((key) => entry[key] === undefined)) return [refuseEverything(path)]
    if (entry.exceptDestination?.endsWith('/0')) return [refuseNothing(path)]
    return both.map(([one, other]) => ({
      code: 'value',
      message: `"${other}" beside "${one}"`,
      path: [...path, other],
      part: 'key',
      hint: `"${one}" alone says it already`,
      related: [...path, one],
    }))
  })

/** `auto` is the uplink in one place; elsewhere it would be taken for a device. */
export const checkAutoDevices: Check = ({ config, devices }) => {
  if (devices.get('')?.has('auto')) return []
  const places = [
    ...(config.forwarding ?? []).flatMap((entry, index) =>
      (['inInterface', 'outInterface'] as const).map((key) => ({
        value: entry[key],
        path: ['forwarding', index, key],
      })),
    ),
    ...(config.masquerade ?? []).map(({ exceptOutInterface: value }, index) => ({
      value,
      path: ['masquerade', index, 'exceptOutInterface'],
    })),
  ]
  return places
    .filter(({ value }) => value === 'auto')
    .map(({ path }) => ({
      code: 'value',
      message: `"auto" is for "outInterface" of masquerade only`,
      path,
      hint: 'name the device',
    }))
}

/** The family that an entry of forwarding is of; undefined: both. */
export const familyOfForwarding = (entry: Forwarding): Family | undefined =>
  saidByForwarding(entry)[0]?.family

/** The family that an entry of masquerade is of. */
export const familyOfMasquerade = (entry: Masquerade): Family =>
  saidByMasquerade(entry)[0]?.family ?? 'inet'

/** A key of an entry, and the family that its value is of. */
interface Said {
  readonly key: string
  readonly family: Family
}

const saidByForwarding = (entry: Forwarding): readonly Said[] => [
  ...saidByPrefix('source', entry.source),
  ...saidByPrefix('destination', entry.destination),
  ...(entry.protocol === 'icmp' ? [{ key: 'protocol', family: 'inet' } as const] : []),
  ...(entry.protocol === 'ipv6-icmp' ? [{ key: 'protocol', family: 'inet6' } as const] : []),
  ...(entry.family ? [{ key: 'family', family: entry.family }] : []),
]

const saidByMasquerade = (entry: Masquerade): readonly Said[] => [
  ...saidByPrefix('source', entry.source),
  ...saidByPrefix('destination', entry.destination),
  ...saidByPrefix('exceptDestination', entry.exceptDestination),
  ...(entry.family ? [{ key: 'family', family: entry.family }] : []),
]

const saidByPrefix = (key: string, prefix: string | undefined): readonly Said[] =>
  prefix === undefined ? [] : [{ key, family: familyOf(prefix) }]

const checkFamilies = (said: readonly Said[], path: Path): readonly Problem[] => {
  const [first, ...others] = said
  const other = others.find(({ family }) => family !== first?.family)
  if (!first || !other) return []
  const message = `"${first.key}" and "${other.key}" are of different families`
  const hint = other.key === 'protocol' ? 'IPv4 has "icmp", and IPv6 "ipv6-icmp"' : undefined
  return [
    { code: 'value', message, path: [...path, other.key], hint, related: [...path, first.key] },
  ]
}

const refuseEverything = (path: Path): Problem => ({
  code: 'value',
  message: 'a masquerade entry needs "source", "outInterface" or "exceptOutInterface"',
  path,
  hint: 'without them, whatever passes loses its sender; "outInterface: auto" is the uplink',
})

const refuseNothing = (path: Path): Problem => ({
  code: 'value',
  message: 'this masquerades nothing: all addresses are excepted',
  path: [...path, 'exceptDestination'],
})
