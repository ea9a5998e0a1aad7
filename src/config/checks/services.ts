import { canonicalAddress, familyOf, type Family } from '../../net/addresses.ts'
import type { Config, Service, ServicePort } from '../config.ts'
import type { Path } from '../located.ts'
import { describeEntry } from '../subjects.ts'
import { nameFamily } from './prefixes.ts'
import { findTwins, type Check, type Problem } from './topology.ts'

/** A service of the file. */
export interface ServiceEntry {
  readonly name: string
  /** For a sentence: 'service web'. */
  readonly title: string
  readonly path: Path
  readonly service: Service
}

/** Something with an address. */
export interface Spot {
  readonly address: string
  readonly family: Family
  readonly path: Path
}

type FaceKey = 'clusterIPs' | 'externalIPs' | 'loadBalancerIPs'

/** An address that a service is reached by. */
export interface Face extends Spot {
  readonly key: FaceKey
}

/** A port of a service. */
interface PortEntry {
  readonly port: ServicePort
  readonly path: Path
  /** As it is told of: '80/tcp'. */
  readonly text: string
}

export const listServices = ({ services = {} }: Config): readonly ServiceEntry[] =>
  Object.entries(services).map(([name, service]) => {
    const title = describeEntry('services', name)
    return { name, title, path: ['services', name], service }
  })

/** The addresses of a service, of all kinds. */
export const listFaces = ({ service, path }: ServiceEntry): readonly Face[] =>
  (['clusterIPs', 'externalIPs', 'loadBalancerIPs'] as const).flatMap((key) =>
    (service[key] ?? []).map((address, index) => ({
      key,
      ...spotOf(address, [...path, key, index]),
    })),
  )

/** The endpoints of a service, each at the value that is its address. */
export const listEndpoints = ({ service, path }: ServiceEntry): readonly Spot[] =>
  (service.endpoints ?? []).map((endpoint, index) => {
    const at = [...path, 'endpoints', index]
    return typeof endpoint === 'string'
      ? spotOf(endpoint, at)
      : spotOf(endpoint.address, [...at, 'address'])
  })

/** The families that a service is of: those of its addresses, or of its endpoints where it has none. */
export const familiesOf = (entry: ServiceEntry): ReadonlySet<Family> => {
  const faces = listFaces(entry)
  return new Set((faces.length > 0 ? faces : listEndpoints(entry)).map(({ family }) => family))
}

const spotOf = (text: string, path: Path): Spot => ({
  address: canonicalAddress(text),
  family: familyOf(text),
  path,
})

const listPorts = ({ service, path }: ServiceEntry): readonly PortEntry[] =>
  service.ports.map((port, index) => ({
    port,
    path: [...path, 'ports', index],
    text: `${port.port}/${port.protocol ?? 'tcp'}`,
  }))

const each =
  (check: (entry: ServiceEntry) => readonly Problem[]): Check =>
  ({ config }) =>
    listServices(config).flatMap(check)

/** Services that nothing leads to. */
export const checkReachable = each(({ service, title, path }) => {
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [], ports } = service
  const ips = clusterIPs.length + externalIPs.length + loadBalancerIPs.length
  if (ips > 0 || ports.some(({ nodePort }) => nodePort !== undefined)) return []
  const hint = 'give it "clusterIPs", "externalIPs" or "loadBalancerIPs", or a port "nodePort"'
  return [{ code: 'value', message: `nothing leads to ${title}`, path, hint }]
})

/** Several ports are told apart by their names, and one is there once. */
export const checkPorts = each((entry) => {
  const ports = listPorts(entry)
  const nameless = ports.length > 1 ? ports.filter(({ port }) => port.name === undefined) : []
  return [
    ...nameless.map(({ path, text }): Problem => {
      const message = `port ${text} of ${entry.title} needs "name"`
      return { code: 'value', message, path, hint: 'it tells the ports of a service apart' }
    }),
    ...findTwins(ports, ({ port }) => port.name).map(([{ port, path }, first]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has two ports of the name ${port.name}`,
      path: [...path, 'name'],
      related: [...first.path, 'name'],
    })),
    ...findTwins(ports, ({ text }) => text).map(([{ text, path }, first]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has port ${text} twice`,
      path: [...path, 'port'],
      related: [...first.path, 'port'],
    })),
  ]
})

/** A port of the node leads to one service. That of UDP is another than that of TCP. */
export const checkNodePorts: Check = ({ config }) => {
  const ports = listServices(config).flatMap((entry) =>
    listPorts(entry).map((port) => ({ ...port, entry })),
  )
  return findTwins(ports, ({ port: { nodePort, protocol = 'tcp' } }) =>
    nodePort === undefined ? undefined : `${nodePort}/${protocol}`,
  ).map(([{ port, path }, first]) => ({
    code: 'duplicate',
    message: `node port ${port.nodePort}/${port.protocol ?? 'tcp'} leads to ${first.entry.title} already`,
    path: [...path, 'nodePort'],
    related: [...first.path, 'nodePort'],
  }))
}

/** An address and port of one service that are another's too. */
export const checkServiceTwins: Check = ({ config }) => {
  const claims = listServices(config).flatMap((entry) => {
    const addresses = new Set(listFaces(entry).map(({ address }) => address))
    const ports = new Map(listPorts(entry).map((port) => [port.text, port]))
    return [...addresses].flatMap((address) =>
      [...ports.values()].map(({ text, path }) => ({
        text: `${address.includes(':') ? `[${address}]` : address}:${text}`,
        path: [...path, 'port'],
        entry,
      })),
    )
  })
  return findTwins(claims, ({ text }) => text).map(([{ text, path }, first]) => ({
    code: 'duplicate',
    message: `${text} leads to ${first.entry.title} already`,
    path,
    related: first.path,
  }))
}

/** An address or endpoint that a service has twice, and cluster IPs beyond one of each family. */
export const checkAddressesOnce = each((entry) => {
  const faces = listFaces(entry)
  const clusterIPs = faces.filter(({ key }) => key === 'clusterIPs')
  const tellTwice =
    (what: string) =>
    ([spot, first]: readonly [Spot, Spot]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has the ${what} ${spot.address} twice`,
      path: spot.path,
      related: first.path,
    })
  return [
    ...findTwins(faces, ({ address }) => address).map(tellTwice('address')),
    ...findTwins(listEndpoints(entry), ({ address }) => address).map(tellTwice('endpoint')),
    ...findTwins(clusterIPs, ({ family }) => family)
      .filter(([face, first]) => face.address !== first.address)
      .map(([{ family, path }, first]): Problem => ({
        code: 'value',
        message: `${entry.title} has two cluster IPs of ${nameFamily(family)}`,
        path,
        hint: 'one of each family; further addresses are "externalIPs"',
        related: first.path,
      })),
  ]
})
