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
  /** The list that it stands in, and its place there. */
  readonly list: Path
  readonly index: number
  /** Where it stands in an item that is a mapping. */
  readonly within?: 'address'
}

/** Where an address, or a port, stands. */
export const pathOfSpot = ({ list, index, within }: Omit<Spot, 'address' | 'family'>): Path =>
  within === undefined ? [...list, index] : [...list, index, within]

type FaceKey = 'clusterIPs' | 'externalIPs' | 'loadBalancerIPs'

/** An address that a service is reached by. */
export interface Face extends Spot {
  readonly key: FaceKey
}

/** A port of a service. */
interface PortEntry {
  readonly port: ServicePort
  /** The list that it stands in, and its place there. */
  readonly list: Path
  readonly index: number
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
      families: familiesOf(faces.length > 0 ? faces : endpoints),
    }
  })

/** The four that there are, for tens of thousands of services. */
const FAMILIES = {
  none: new Set<Family>(),
  inet: new Set<Family>(['inet']),
  inet6: new Set<Family>(['inet6']),
  both: new Set<Family>(['inet', 'inet6']),
}

const familiesOf = ([first, ...others]: readonly Spot[]): ReadonlySet<Family> => {
  if (!first) return FAMILIES.none
  return others.every(({ family }) => family === first.family)
    ? FAMILIES[first.family]
    : FAMILIES.both
}

const KEYS = ['clusterIPs', 'externalIPs', 'loadBalancerIPs'] as const

const listFaces = (service: Service, path: Path): readonly Face[] => {
  const faces: Face[] = []
  for (const key of KEYS) {
    const addresses = service[key]
    if (!addresses || addresses.length === 0) continue
    const list = [...path, key]
    for (const [index, text] of addresses.entries()) {
      faces.push({ key, address: canonicalAddress(text), family: familyOf(text), list, index })
    }
  }
  return faces
}

const listEndpoints = ({ endpoints = [] }: Service, path: Path): readonly Spot[] => {
  const list = [...path, 'endpoints']
  return endpoints.map((endpoint, index): Spot => {
    const isText = typeof endpoint === 'string'
    const text = isText ? endpoint : endpoint.address
    const spot = { address: canonicalAddress(text), family: familyOf(text), list, index }
    return isText ? spot : { ...spot, within: 'address' }
  })
}

const listPorts = ({ ports }: Service, path: Path): readonly PortEntry[] => {
  const list = [...path, 'ports']
  return ports.map((port, index) => ({
    port,
    list,
    index,
    text: `${port.port}/${port.protocol ?? 'tcp'}`,
  }))
}
