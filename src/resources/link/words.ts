import type { Json } from '../../kernel/reader.ts'
import { isMulticast } from '../../net/addresses.ts'
import { word } from '../kind.ts'
import { bridgeOptions, portOptions } from './link.ts'
import type { Link } from './link.ts'

export type Words = readonly string[]

const onOff = (value: Json | undefined): string => (value === true ? 'on' : 'off')

const number = (value: Json | undefined): string => String(Number(value))

/** Keyword and value, where the value is declared. */
export const option = (keyword: string, value: Json | undefined): Words =>
  value === undefined || value === null ? [] : [keyword, word(value)]

/** A vxlan's `learning` is the tunnel's, not the port's. */
export const portWords = ({ type, attributes }: Link): Words =>
  Object.entries(portOptions).flatMap(([attribute, name]) => {
    const value = attributes[attribute]
    if (value === undefined || value === null) return []
    if (type === 'vxlan' && attribute === 'learning') return []
    return [name, typeof value === 'boolean' ? onOff(value) : number(value)]
  })

export const bridgeWords = ({ attributes }: Link, only?: ReadonlySet<string>): Words =>
  Object.entries(bridgeOptions).flatMap(([attribute, { name, scale }]) => {
    const value = attributes[attribute]
    if (value === undefined || (only && !only.has(attribute))) return []
    return [name, String(Math.round(Number(value) * scale))]
  })

/** Of others: a tunnel to one endpoint, which the kernel keeps where a group is (N-45). */
const remoteWords = (group: Json | undefined): Words =>
  option(typeof group === 'string' && !isMulticast(group) ? 'remote' : 'group', group)

// `tos` is read as hexadecimal, with or without 0x (N-08).
export const vxlanWords = ({ attributes: a }: Link, only?: ReadonlySet<string>): Words => {
  const given = (name: string): Json | undefined => (!only || only.has(name) ? a[name] : undefined)
  const tos = given('tos')
  return [
    ...remoteWords(given('group')),
    // iproute2 wants the device named again wherever the group is (N-40).
    ...(given('group') === undefined && only ? [] : option('dev', a['device'])),
    ...option('local', given('local')),
    ...option('ttl', given('ttl')),
    ...option('tos', tos === undefined ? undefined : `0x${Number(tos).toString(16)}`),
    ...option('ageing', given('ageingTime')),
    ...(given('learning') === undefined
      ? []
      : [a['learning'] === true ? 'learning' : 'nolearning']),
  ]
}

const isUnaddressed = ({ attributes: { group, local } }: Link): boolean =>
  typeof group !== 'string' && typeof local !== 'string'

/** What others gave it goes before what is read of it: one that takes its number from each packet shows 0. */
const withoutExtras = (link: Link): Link => {
  const { tunnel = [] } = link.extras ?? {}
  const { attributes } = link
  const id = tunnel.includes('external') ? undefined : attributes['id']
  const ttl = tunnel.includes('ttl') ? undefined : attributes['ttl']
  return { ...link, attributes: { ...attributes, id, ttl } }
}

export const newVxlanWords = (link: Link): Words => [
  ...option('id', withoutExtras(link).attributes['id']),
  ...option('dstport', link.attributes['port']),
  // The kernel takes IPv4 for granted, where neither address says it.
  ...(isUnaddressed(link) && link.attributes['family'] === 'inet6' ? ['local', '::'] : []),
  ...vxlanWords(withoutExtras(link)),
  ...(link.extras?.tunnel ?? []),
  ...(link.attributes['udpChecksum'] === undefined
    ? []
    : [link.attributes['udpChecksum'] === true ? 'udpcsum' : 'noudpcsum']),
]
