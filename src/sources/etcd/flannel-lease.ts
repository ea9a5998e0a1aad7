import { isAddress, isPrefix } from '../../net/addresses.ts'
import { isJson } from '../json.ts'
import { EtcdError } from './error.ts'
import type { Entry } from './session.ts'

/** What flannel writes of a node: its part of the network, and how it is reached. */
export interface Lease {
  /** When it was last written. */
  readonly revision: bigint
  readonly podCIDR: string
  readonly podCIDRv6: string | undefined
  readonly address: string
  readonly addressV6: string | undefined
  /** As flannel calls it: `host-gw`, `vxlan`. */
  readonly backend: string
  readonly vtepMAC: string | undefined
}

type Json = Readonly<Record<string, unknown>>

/** A JSON object of an entry. @throws EtcdError where it is none */
export const readJson = ({ key, value }: Entry): Json => {
  try {
    const found: unknown = JSON.parse(value.toString('utf8'))
    if (isJson(found)) return found
  } catch {
    // It is said below, as what is JSON and no object.
  }
  throw new EtcdError('unreadable', `etcd:${key} is no JSON object`)
}

/** A member by its name, in whatever case: as Go reads JSON. */
export const memberOf = (json: unknown, name: string): unknown =>
  isJson(json)
    ? Object.entries(json).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
    : undefined

export const textOf = (json: unknown, name: string): string | undefined => {
  const value = memberOf(json, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `10.5.34.0-24`, `10.5.34.0-24&fd00:1::-64`. */
const readKey = (key: string): { podCIDR: string; podCIDRv6?: string } | undefined => {
  const [, address, length, addressV6, lengthV6] =
    /^([\d.]+)-(\d+)(?:&([a-f\d:]+)-(\d+))?$/.exec(key) ?? []
  const podCIDR = `${address ?? ''}/${length ?? ''}`
  if (!isPrefix(podCIDR)) return undefined
  const podCIDRv6 = `${addressV6 ?? ''}/${lengthV6 ?? ''}`
  return isPrefix(podCIDRv6) ? { podCIDR, podCIDRv6 } : { podCIDR }
}

/**
 * A lease of flannel. Undefined: the key is none of a lease's.
 *
 * @param folder below which keys are of leases
 * @throws EtcdError where it cannot be read: to leave it out would delete the way to a node
 */
export const readLease = (entry: Entry, folder: string): Lease | undefined => {
  const { key, revision } = entry
  const known = key.startsWith(folder) ? readKey(key.slice(folder.length)) : undefined
  if (!known) return undefined
  const json = readJson(entry)
  const address = textOf(json, 'PublicIP') ?? ''
  if (!isAddress(address))
    throw new EtcdError('unreadable', `etcd:${key} has no address as its PublicIP`)
  return {
    revision,
    podCIDR: known.podCIDR,
    podCIDRv6: known.podCIDRv6,
    address,
    addressV6: textOf(json, 'PublicIPv6'),
    backend: textOf(json, 'BackendType') ?? '',
    vtepMAC: textOf(memberOf(json, 'BackendData'), 'VtepMAC'),
  }
}
