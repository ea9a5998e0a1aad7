import type * as Written from '../generated/config.ts'

export type * from '../generated/config.ts'

/** What is written; the types below are what it unfolds into. */
export type WrittenConfig = Written.Config
export type WrittenService = Written.Service

/** A port whose `nodePort` is a number. */
export interface ServicePort extends Omit<Written.ServicePort, 'nodePort'> {
  readonly nodePort?: number
}

/** More about an endpoint than its address. */
interface EndpointDetails extends Omit<Written.EndpointDetails, 'address' | 'pod'> {
  readonly address: string
}

export type Endpoint = string | EndpointDetails

/** A service whose addresses are known. */
export interface Service extends Omit<Written.Service, 'clusterIPs' | 'ports' | 'endpoints'> {
  readonly clusterIPs?: readonly string[]
  readonly ports: readonly ServicePort[]
  readonly endpoints?: readonly Endpoint[]
}

/** An end of a pair whose name is known. */
export interface Peer extends Omit<Written.Peer, 'name'> {
  readonly name: string
}

/** A pair whose ends are both known. */
export interface Veth extends Omit<Written.Veth, 'peer'> {
  readonly peer: Peer
}

/** A tunnel whose id is known. */
export interface Vxlan extends Omit<Written.Vxlan, 'id'> {
  readonly id: number
}

/** The part of one node, in sections that name nothing but what the kernel has. */
export interface Config extends Omit<
  Written.Config,
  'cluster' | 'pods' | 'services' | 'veths' | 'vxlans'
> {
  readonly veths?: Readonly<Record<string, Veth>>
  readonly vxlans?: Readonly<Record<string, Vxlan>>
  readonly services?: Readonly<Record<string, Service>>
}
