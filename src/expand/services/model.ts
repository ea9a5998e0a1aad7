import type { Endpoint, Service, ServicePort } from '../../config/config.ts'
import { canonicalAddress, canonicalPrefix, contains, familyOf } from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import { hashOf } from '../../iptables/names.ts'
import type { Context, Path } from '../context.ts'
import { isLocal } from './locality.ts'
import type { Locality } from './locality.ts'

export type Protocol = NonNullable<ServicePort['protocol']>

/** One port of a service in one family, with all that leads to it and where it leads. */
export interface Port {
  readonly service: string
  readonly family: Family
  readonly protocol: Protocol
  readonly port: number
  /** What the names of its chains end with. */
  readonly hash: string
  readonly nodePort: number | undefined
  readonly clusterIP: string | undefined
  readonly externalIPs: readonly string[]
  readonly loadBalancerIPs: readonly string[]
  /** Who may use the load balancer IPs; undefined: everybody. */
  readonly sourceRanges: readonly string[] | undefined
  /** `address:port` of every endpoint in use; of IPv6 in brackets. */
  readonly all: readonly string[]
  /** Of those on this node. */
  readonly local: readonly string[]
  readonly random: boolean
  /** Seconds; undefined: none. */
  readonly affinity: number | undefined
  readonly externalLocal: boolean
  readonly internalLocal: boolean
  readonly path: Path
}

/** An endpoint with what the file leaves to the defaults. */
interface Place {
  readonly address: string
  readonly local: boolean
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

const toPlace = (endpoint: Endpoint, locality: Locality): Place => {
  if (typeof endpoint === 'string') return readyPlace(canonicalAddress(endpoint), locality)
  const { terminating = false, ready = !terminating, serving = true, node } = endpoint
  const address = canonicalAddress(endpoint.address)
  return { address, local: isLocal(address, node, locality), ready, serving, terminating }
}

const readyPlace = (address: string, locality: Locality): Place => {
  const local = isLocal(address, undefined, locality)
  return { address, local, ready: true, serving: true, terminating: false }
}

/**
 * Those that are ready; where none is, those that still serve while they end. As kube-proxy has it:
 * CategorizeEndpoints, pkg/proxy/topology.go.
 */
const inUse = (places: readonly Place[]): readonly Place[] => {
  if (places.every((place) => place.ready)) return places
  const ready = places.filter((place) => place.ready)
  return ready.length > 0
    ? ready
    : places.filter(({ serving, terminating }) => serving && terminating)
}

const targets = (places: readonly Place[], port: number): readonly string[] =>
  places.map(({ address }) =>
    address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`,
  )

const families = ['inet', 'inet6'] as const

/** Those of its addresses; of its endpoints, where it has none but node ports. */
const familiesOf = (
  { clusterIPs = [], externalIPs = [], loadBalancerIPs = [] }: Service,
  places: readonly Place[],
): readonly Family[] => {
  const own = [...clusterIPs, ...externalIPs, ...loadBalancerIPs]
  const known = own.length > 0 ? own : places.map(({ address }) => address)
  const both = families.filter((family) => known.some((address) => familyOf(address) === family))
  return both.length > 0 ? both : ['inet']
}

const ofFamily = (addresses: readonly string[] | undefined, family: Family): readonly string[] =>
  (addresses ?? []).filter((address) => familyOf(address) === family).map(canonicalAddress)

const defaultTimeout = 10800

const portsOf = (service: Service, name: string, locality: Locality): readonly Port[] => {
  const places = (service.endpoints ?? []).map((endpoint) => toPlace(endpoint, locality))
  const { sessionAffinity, loadBalancerSourceRanges: ranges } = service
  return familiesOf(service, places).flatMap((family) => {
    const here = places.filter(({ address }) => familyOf(address) === family)
    const all = inUse(here)
    const local = inUse(here.filter((place) => place.local))
    return service.ports.map(({ protocol = 'tcp', port, targetPort = port, nodePort }): Port => ({
      service: name,
      family,
      protocol,
      port,
      hash: hashOf(name, family, protocol, String(port)),
      nodePort,
      clusterIP: ofFamily(service.clusterIPs, family)[0],
      externalIPs: ofFamily(service.externalIPs, family),
      loadBalancerIPs: ofFamily(service.loadBalancerIPs, family),
      sourceRanges: ranges?.length
        ? ranges
            .filter((range) => familyOf(range) === family)
            .map((range) => canonicalPrefix(range, family))
        : undefined,
      all: targets(all, targetPort),
      local: targets(local, targetPort),
      random: service.loadBalancing === 'random',
      affinity: sessionAffinity && (sessionAffinity.timeoutSeconds ?? defaultTimeout),
      externalLocal: service.externalTrafficPolicy === 'Local',
      internalLocal: service.internalTrafficPolicy === 'Local',
      path: ['services', name],
    }))
  })
}

/** Every port of every service in every family that it has. */
export const listPorts = ({ config }: Context, locality: Locality): readonly Port[] =>
  Object.entries(config.services ?? {}).flatMap(([name, service]) =>
    portsOf(service, name, locality),
  )

/** "web tcp/80": what a person calls it. */
export const titleOf = ({ service, protocol, port }: Port): string =>
  `${service} ${protocol}/${String(port)}`

/** Addresses outside of the node by which it is reached: all but the cluster IP and the node ports. */
export const externalAddresses = (port: Port): readonly string[] => [
  ...port.externalIPs,
  ...port.loadBalancerIPs,
]

/** Whether anything from outside of the cluster leads to it. */
export const isExternal = (port: Port): boolean =>
  port.nodePort !== undefined || port.externalIPs.length + port.loadBalancerIPs.length > 0

export const isWithin = (prefixes: readonly string[], address: string): boolean =>
  prefixes.some((prefix) => contains(prefix, address))
