import {
  canonicalAddress,
  contains,
  familyOf,
  isLinkLocal,
  isMulticast,
  isUnspecified,
  networkOf,
  withoutLength,
} from '../../net/addresses.ts'
import type { Path } from '../located.ts'
import {
  describeSpace,
  findTwins,
  type Check,
  type Link,
  type Problem,
  type Topology,
} from './topology.ts'

/** An address of a link. */
interface Entry {
  readonly link: Link
  readonly text: string
  readonly address: string
  readonly path: Path
}

/** The same address twice in one namespace. Link-local ones of IPv6 are each link's own. */
export const checkAddressTwins: Check = (topology) =>
  findTwins(listAddresses(topology), ({ link, address }) => {
    const isOwn = familyOf(address) === 'inet6' && isLinkLocal(address)
    return JSON.stringify([link.namespace, address, isOwn ? link.name : ''])
  }).map(([{ link, address, path }, first]) => ({
    code: 'duplicate',
    message: `the address ${address} is there twice in ${describeSpace(link.namespace)}`,
    path,
    related: first.path,
  }))

/** Addresses that no link can have. */
export const checkAddressKinds: Check = (topology) =>
  listAddresses(topology).flatMap(({ address, path }): readonly Problem[] => {
    const kind = isUnspecified(address)
      ? 'the unspecified address'
      : isMulticast(address)
        ? 'a multicast address'
        : undefined
    if (kind === undefined) return []
    return [{ code: 'value', message: `${address} is ${kind}: no link can have it`, path }]
  })

/** Two links into one subnet: the kernel answers by the first of the two routes only. */
export const lintSubnetTwins: Check = (topology) => {
  const entries = listAddresses(topology).filter(
    ({ text, address }) => !isHost(text) && !isLinkLocal(address),
  )
  const firsts = new Map<string, Entry>()
  for (const entry of entries) {
    const key = JSON.stringify([entry.link.path, networkOf(entry.text)])
    if (!firsts.has(key)) firsts.set(key, entry)
  }
  return findTwins([...firsts.values()], subnetOf).map(([entry, first]) => ({
    severity: 'warning',
    code: 'lint',
    message: `${entry.link.title} and ${first.link.title} are in the same subnet, ${networkOf(entry.text)}`,
    path: entry.path,
    hint: 'the kernel sends to all of it by one of them',
    related: first.path,
  }))
}

/** The first address of an IPv4 subnet names the subnet, the last is its broadcast address. */
export const lintSubnetEnds: Check = (topology) =>
  listAddresses(topology).flatMap(({ text, address, path }): readonly Problem[] => {
    const length = Number(text.slice(text.indexOf('/') + 1))
    if (familyOf(text) === 'inet6' || length > 30) return []
    const end =
      networkOf(text) === `${address}/${length}`
        ? 'the network'
        : isBroadcast(address, length)
          ? 'the broadcast'
          : undefined
    if (end === undefined) return []
    const message = `${address} is ${end} address of ${networkOf(text)}, hardly that of a link`
    return [{ severity: 'warning', code: 'lint', message, path }]
  })

/** The addresses of a link. */
export const addressesOf = (link: Link): readonly Entry[] =>
  (link.data.addresses ?? []).map((text, index) => {
    const address = canonicalAddress(withoutLength(text))
    return { link, text, address, path: [...link.path, 'addresses', index] }
  })

/** All addresses of all links. */
export const listAddresses = ({ links }: Topology): readonly Entry[] => links.flatMap(addressesOf)

const subnetOf = ({ link, text }: Entry): string =>
  JSON.stringify([link.namespace, networkOf(text)])

const isHost = (text: string): boolean => text.endsWith(text.includes(':') ? '/128' : '/32')

/** All bits behind the length are set: the next address is not in the subnet any more. */
const isBroadcast = (address: string, length: number): boolean => {
  const bits = address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
  return (bits + 1) % 2 ** (32 - length) === 0 && contains(`${address}/${length}`, address)
}
