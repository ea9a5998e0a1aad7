import type { Family } from '../../net/addresses.ts'
import type { Resource } from '../kind.ts'
import { inside } from '../kind.ts'

/** A policy routing rule. All of it is its identity: a change of any part is another rule. */
export interface Rule extends Resource {
  readonly kind: 'rule'
  readonly family: Family
  readonly priority: number
  /** Selectors and action as iproute2 writes them, in a fixed order: ['from', '10.1.0.0/16', 'table', '100']. */
  readonly words: readonly string[]
  /** Observed: of twins that only their protocols tell apart, that of all but the first. */
  readonly twin?: number | undefined
}

export const ruleIdentity = ({ namespace, family, priority, words, twin }: Rule): string => {
  const parts = [
    ...[String(priority), ...(family === 'inet6' ? ['inet6'] : []), ...words],
    ...(twin === undefined ? [] : ['protocol', String(twin)]),
  ]
  return `rule ${parts.join(' ')}${inside(namespace)}`
}

/** What a rule says, however it was spelled. */
export interface RuleParts {
  readonly not?: boolean
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly iif?: string | undefined
  readonly oif?: string | undefined
  /** In hexadecimal, with the mask where it is not all ones. */
  readonly fwmark?: string | undefined
  readonly ipProto?: string | undefined
  readonly sport?: string | undefined
  readonly dport?: string | undefined
  readonly suppressPrefixLength?: number | undefined
  readonly table?: number | undefined
  readonly type?: string | undefined
}

const pair = (keyword: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [keyword, String(value)]

export const ruleWords = (parts: RuleParts): readonly string[] => [
  ...(parts.not === true ? ['not'] : []),
  // iproute2 wants one of them to tell an empty selector from a mistake.
  ...pair('from', parts.from ?? (parts.to === undefined ? 'all' : undefined)),
  ...pair('to', parts.to),
  ...pair('fwmark', parts.fwmark),
  ...pair('iif', parts.iif),
  ...pair('oif', parts.oif),
  ...pair('ipproto', parts.ipProto),
  ...pair('sport', parts.sport),
  ...pair('dport', parts.dport),
  ...(parts.type === undefined || parts.type === 'lookup'
    ? pair('table', parts.table)
    : [parts.type]),
  ...pair('suppress_prefixlength', parts.suppressPrefixLength),
]

export const fullMask = 0xffffffff

/** `0x10/0xff`, and `0x10` where the mask is all ones. */
export const markText = (mark: number, mask: number = fullMask): string =>
  `0x${mark.toString(16)}${mask === fullMask ? '' : `/0x${mask.toString(16)}`}`
