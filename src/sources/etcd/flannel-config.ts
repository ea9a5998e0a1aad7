import { isPrefix } from '../../net/addresses.ts'
import { EtcdError } from './error.ts'
import { memberOf, readJson, textOf } from './flannel-lease.ts'
import type { Entry } from './session.ts'

/** Flannel's own configuration, as far as a node's network follows from it. */
export interface FlannelConfig {
  readonly network: string
  readonly networkV6: string | undefined
  /** As leases call it. */
  readonly type: 'host-gw' | 'vxlan'
  /** `backend` of a cluster. */
  readonly backend: unknown
  readonly mtu: number | undefined
}

const numberOf = (json: unknown, name: string): number | undefined => {
  const value = memberOf(json, name)
  return typeof value === 'number' && value > 0 ? value : undefined
}

/** What the header of VXLAN takes of a packet over IPv4. */
const overhead = 50

/** The port that the kernel takes where flannel names none; ours would be 4789. */
const usualPort = 8472

const vxlanOf = (given: unknown): Pick<FlannelConfig, 'backend' | 'mtu'> => {
  const id = numberOf(given, 'VNI') ?? 1
  const mtu = numberOf(given, 'MTU')
  return {
    backend: {
      type: 'vxlan',
      id,
      name: `flannel.${String(id)}`,
      port: numberOf(given, 'Port') ?? usualPort,
      ...(memberOf(given, 'DirectRouting') === true && { directRouting: true }),
    },
    mtu: mtu === undefined ? undefined : mtu - overhead,
  }
}

const networkOf = (entry: Entry, json: unknown, name: string): string => {
  const network = textOf(json, name) ?? ''
  if (isPrefix(network)) return network
  throw new EtcdError('unreadable', `etcd:${entry.key} has no prefix as its ${name}`)
}

/** @throws EtcdError where it cannot be read, or asks for what a cluster of ours has not */
export const readFlannelConfig = (entry: Entry): FlannelConfig => {
  const json = readJson(entry)
  const given = memberOf(json, 'Backend')
  const type = (textOf(given, 'Type') ?? 'udp').toLowerCase()
  const isDual = memberOf(json, 'EnableIPv6') === true
  const refuse = (what: string): never => {
    throw new EtcdError(
      'unreadable',
      `etcd:${entry.key}: ${what} is nothing that netplan takes over`,
    )
  }
  if (type !== 'vxlan' && type !== 'host-gw')
    return refuse(`a backend of type ${JSON.stringify(type)}`)
  if (memberOf(json, 'EnableIPv4') === false) return refuse('a network without IPv4')
  // Flannel has a second device for it, with MAC addresses of its own.
  if (type === 'vxlan' && isDual) return refuse('IPv6 over vxlan')
  return {
    network: networkOf(entry, json, 'Network'),
    networkV6: isDual ? networkOf(entry, json, 'IPv6Network') : undefined,
    type,
    ...(type === 'vxlan' ? vxlanOf(given) : { backend: 'hostGateway', mtu: undefined }),
  }
}
