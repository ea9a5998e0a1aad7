import type { Config, Endpoint, Service, ServicePort } from '../../src/config/config.ts'
import { isIn, parseAddress, parseNetwork } from '../trace/address.ts'

// What becomes of the first packet of a connection, by docs/configuration.md and the semantics of
// Kubernetes alone: no word of chains here.

export interface Question {
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
}

/** What the configuration does not say of the node. */
export interface NodeFacts {
  readonly nodeName: string
  /** Every address that the node has, loopback addresses included. */
  readonly addresses: readonly string[]
}

export type Fate =
  | {
      readonly fate: 'led'
      /** Who may answer, as `10.244.0.11:8080`, in brackets where it is IPv6. */
      readonly among: readonly string[]
      /** Whether they see the node's address instead of the client's; what comes to itself is, always. */
      readonly masqueraded: boolean
      /** Those of them that are on this node. */
      readonly local: readonly string[]
    }
  | { readonly fate: 'refused' | 'dropped' | 'untouched' }

const isSix = (text: string): boolean => text.includes(':')

const within = (prefix: string, address: string): boolean =>
  isSix(prefix) === isSix(address) && isIn(parseAddress(address), parseNetwork(prefix))

const same = (one: string, two: string): boolean =>
  isSix(one) === isSix(two) && parseAddress(one).join() === parseAddress(two).join()

const isLoopback = (address: string): boolean =>
  within('127.0.0.0/8', address) || same(address, '::1')

const anyOf = (prefixes: readonly string[] | undefined, address: string): boolean =>
  (prefixes ?? []).some((prefix) => within(prefix, address))

const addressesIn = ({ interfaces = {}, bridges = {}, veths = {} }: Config): readonly string[] =>
  [
    ...[...Object.values(interfaces), ...Object.values(bridges)],
    ...Object.values(veths).flatMap((veth) => [veth, veth.peer]),
  ].flatMap(({ addresses = [] }) => addresses.map((text) => text.replace(/\/\d+$/, '')))

/** The node's own addresses as far as the file has them. */
const ownAddresses = (config: Config): readonly string[] =>
  addressesIn({ interfaces: config.interfaces ?? {}, bridges: config.bridges ?? {} })

interface Place {
  readonly address: string
  readonly local: boolean
  readonly ready: boolean
  /** Ends, and still serves. */
  readonly lasting: boolean
}

const placeOf = (endpoint: Endpoint, config: Config, facts: NodeFacts): Place => {
  const given = typeof endpoint === 'string' ? { address: endpoint } : endpoint
  const { address, node, terminating = false, ready = !terminating, serving = true } = given
  const isHere =
    anyOf(config.serviceProxy?.podCIDRs, address) ||
    addressesIn(config).some((one) => same(one, address))
  const local = node === undefined ? isHere : node === facts.nodeName
  return { address, local, ready, lasting: terminating && serving }
}

/** What gets new connections: the ready ones; where none is, those that end and still serve. */
const inUse = (places: readonly Place[]): readonly Place[] => {
  const ready = places.filter((place) => place.ready)
  return ready.length > 0 ? ready : places.filter(({ lasting }) => lasting)
}

interface Case {
  readonly config: Config
  readonly facts: NodeFacts
  readonly question: Question
  readonly service: Service
  readonly servicePort: ServicePort
}

const led = (
  { servicePort: { port, targetPort = port } }: Case,
  places: readonly Place[],
  masqueraded: boolean,
): Fate => {
  const text = ({ address }: Place): string => {
    const plain = address.toLowerCase()
    return isSix(plain) ? `[${plain}]:${targetPort}` : `${plain}:${targetPort}`
  }
  const local = places.filter((place) => place.local)
  return { fate: 'led', among: places.map(text), masqueraded, local: local.map(text) }
}

const candidates = ({ service, config, facts, question }: Case) => {
  const { endpoints = [] } = service
  const places = endpoints
    .map((endpoint) => placeOf(endpoint, config, facts))
    .filter(({ address }) => isSix(address) === isSix(question.destination))
  return { all: inUse(places), local: inUse(places.filter((place) => place.local)) }
}

const clusterCIDR = ({ config, question }: Case): string | undefined =>
  config.serviceProxy?.clusterCIDRs?.find((one) => isSix(one) === isSix(question.destination))

/** By a cluster IP. */
const fromInside = (one: Case): Fate => {
  const { config, service, question } = one
  const { all, local } = candidates(one)
  if (all.length === 0) return { fate: 'refused' }
  const chosen = service.internalTrafficPolicy === 'Local' ? local : all
  if (chosen.length === 0) return { fate: 'dropped' }
  const cluster = clusterCIDR(one)
  const stranger = cluster !== undefined && !within(cluster, question.source)
  return led(one, chosen, config.serviceProxy?.masqueradeAll === true || stranger)
}

/** By a node port, an external IP or one of a load balancer. */
const fromOutside = (one: Case): Fate => {
  const { config, facts, service, question } = one
  const { all, local } = candidates(one)
  if (all.length === 0) return { fate: 'refused' }
  if (service.externalTrafficPolicy !== 'Local') return led(one, all, true)
  const cluster = clusterCIDR(one)
  const pods = cluster === undefined ? config.serviceProxy?.podCIDRs : [cluster]
  // What comes from inside is not from outside: it may go to every endpoint.
  if (anyOf(pods, question.source)) return led(one, all, false)
  if (facts.addresses.some((own) => same(own, question.source))) return led(one, all, true)
  return local.length === 0 ? { fate: 'dropped' } : led(one, local, false)
}

/** Who may come by the addresses of a load balancer. Where nobody is told to, everybody. */
const byBalancer = (one: Case): Fate => {
  const { config, service, question } = one
  const { loadBalancerSourceRanges: ranges = [] } = service
  if (candidates(one).all.length === 0) return { fate: 'refused' }
  if (ranges.length === 0 || anyOf(ranges, question.source)) return fromOutside(one)
  // A node with that address itself comes from it: it is let in as the node is.
  const isNode = same(question.source, question.destination)
  const own = ownAddresses(config).filter((address) => isSix(address) === isSix(question.source))
  const mayNode = own.some((address) => anyOf(ranges, address))
  return isNode && mayNode ? fromOutside(one) : { fate: 'dropped' }
}

const servesNodePorts = ({ serviceProxy = {} }: Config, { destination }: Question): boolean => {
  const { nodePortAddresses = [], localhostNodePorts = false } = serviceProxy
  if (isLoopback(destination)) return localhostNodePorts && !isSix(destination)
  const own = nodePortAddresses.filter((prefix) => isSix(prefix) === isSix(destination))
  return own.length === 0 || anyOf(own, destination)
}

const familiesOf = (service: Service): ReadonlySet<boolean> => {
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [], endpoints = [] } = service
  const faces = [...clusterIPs, ...externalIPs, ...loadBalancerIPs]
  const known = endpoints.map((one) => (typeof one === 'string' ? one : one.address))
  const families = new Set((faces.length > 0 ? faces : known).map(isSix))
  return families.size > 0 ? families : new Set([false])
}

/** What is to become of a packet. */
export const judge = (config: Config, facts: NodeFacts, question: Question): Fate => {
  const { destination, protocol, port } = question
  const services = Object.values(config.services ?? {})
  const cases = services.flatMap((service) =>
    service.ports
      .filter((one) => (one.protocol ?? 'tcp') === protocol)
      .map((servicePort): Case => ({ config, facts, question, service, servicePort })),
  )
  const by = (addresses: readonly string[] | undefined): boolean =>
    (addresses ?? []).some((address) => same(address, destination))
  for (const one of cases.filter(({ servicePort }) => servicePort.port === port)) {
    if (by(one.service.clusterIPs)) return fromInside(one)
    if (by(one.service.externalIPs)) return fromOutside(one)
    if (by(one.service.loadBalancerIPs)) return byBalancer(one)
  }
  if (facts.addresses.some((own) => same(own, destination)) && servesNodePorts(config, question)) {
    const found = cases.find(
      ({ service, servicePort }) =>
        servicePort.nodePort === port && familiesOf(service).has(isSix(destination)),
    )
    if (found) return fromOutside(found)
  }
  const isService =
    anyOf(config.serviceProxy?.serviceCIDRs, destination) ||
    services.some(({ clusterIPs }) => by(clusterIPs))
  return { fate: isService ? 'refused' : 'untouched' }
}
