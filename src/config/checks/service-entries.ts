import { canonicalAddress, familyOf, type Family } from '../../net/addresses.ts'
import type { Config, Service, ServicePort } from '../config.ts'
import type { Path } from '../located.ts'
import { describeEntry } from '../subjects.ts'

/** A service of the file. */
export interface ServiceEntry {
  readonly name: string
  /** For a sentence: 'service web'. */
  readonly title: string
  readonly path: Path
  readonly service: Service
  /** The addresses that it is reached by, of all kinds. */
  readonly faces: readonly Face[]
  /** Each at the value that is its address. */
  readonly endpoints: readonly Spot[]
  readonly ports: readonly PortEntry[]
  /** Those of its addresses, or of its endpoints where it has no address. */
  readonly families: ReadonlySet<Family>
}

/** Something with an address. */
export interface Spot {
  /** As the kernel prints it. */
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

/** The services of a configuration, and all of their addresses. */
export const listServices = ({ services = {} }: Config): readonly ServiceEntry[] =>
  Object.entries(services).map(([name, service]) => {
    const path = ['services', name]
    const faces = listFaces(service, path)
    const endpoints = listEndpoints(service, path)
    return {
      name,
      title: describeEntry('services', name),
      path,
      service,
      faces,
      endpoints,
      ports: listPorts(service, path),
      families: new Set((faces.length > 0 ? faces : endpoints).map(({ family }) => family)),
    }
  })

const listFaces = (service: Service, path: Path): readonly Face[] =>
  (['clusterIPs', 'externalIPs', 'loadBalancerIPs'] as const).flatMap((key) =>
    (service[key] ?? []).map((address, index) => ({
      key,
      ...spotOf(address, [...path, key, index]),
    })),
  )

const listEndpoints = ({ endpoints = [] }: Service, path: Path): readonly Spot[] =>
  endpoints.map((endpoint, index) => {
    const at = [...path, 'endpoints', index]
    return typeof endpoint === 'string'
      ? spotOf(endpoint, at)
      : spotOf(endpoint.address, [...at, 'address'])
  })

const listPorts = ({ ports }: Service, path: Path): readonly PortEntry[] =>
  ports.map((port, index) => ({
    port,
    path: [...path, 'ports', index],
    text: `${port.port}/${port.protocol ?? 'tcp'}`,
  }))

const spotOf = (text: string, path: Path): Spot => ({
  address: canonicalAddress(text),
  family: familyOf(text),
  path,
})
