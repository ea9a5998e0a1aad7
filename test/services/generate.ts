import fc from 'fast-check'
import type {
  Config,
  Endpoint,
  Service,
  ServicePort,
  ServiceProxy,
} from '../../src/config/config.ts'
import { familyOf } from '../../src/net/addresses.ts'
import type { Family } from '../../src/net/addresses.ts'

// Services and edits of them, as numbers; with `toConfig` and `editConfig` any of them is valid. The
// networks are those of the lab (topology.ts).

const families = ['inet', 'inet6'] as const

export const nodeName = 'node-a'

/** Prefixes and addresses that services choose from: those of both families at the same number. */
export const pool = {
  serviceCIDRs: { inet: '10.96.0.0/16', inet6: 'fd00:96::/112' },
  clusterCIDRs: { inet: '10.244.0.0/16', inet6: 'fd00:244::/48' },
  podCIDRs: { inet: '10.244.0.0/24', inet6: 'fd00:244::/64' },
  // The last one is the node's.
  externalIPs: {
    inet: ['192.0.2.1', '192.0.2.2', '192.0.2.200', '192.168.77.1'],
    inet6: ['2001:db8::1', '2001:DB8:0::2', '2001:db8:f::1', 'fd00:77::1'],
  },
  // The last one is one that the node has, too, though not in the file.
  loadBalancerIPs: {
    inet: ['198.51.100.1', '198.51.100.2', '198.51.100.77'],
    inet6: ['2001:db8:1::1', '2001:db8:1::2', '2001:db8:1::77'],
  },
  ranges: [
    ...['192.168.77.0/24', '192.168.77.2/32', '203.0.113.0/24', '10.0.0.0/8', '0.0.0.0/0'],
    ...['fd00:77::/64', 'FD00:77::2/128', '2001:db8:9::/48', '::/0'],
  ],
  nodePortAddresses: [
    ...['192.168.77.0/24', '10.0.0.1/32', '0.0.0.0/0'],
    ...['fd00:77::/64', 'FD00:10::/64', '::/0'],
  ],
} as const

export interface EndpointShape {
  /** A pod of this node or of another one, or the host of the other. */
  readonly site: 'here' | 'there' | 'host'
  readonly host: number
  /** Whether the file says its node. */
  readonly named: boolean
  readonly state: 'plain' | 'unready' | 'ending' | 'ended' | 'both'
}

export interface PortShape {
  readonly port: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly targetPort: number | undefined
  readonly nodePort: number | undefined
}

export interface ServiceShape {
  /** Where its cluster IP is among all of them; undefined: it has none. */
  readonly place: number | undefined
  readonly families: readonly Family[]
  readonly ports: readonly PortShape[]
  /** Numbers of the pool. */
  readonly externals: readonly number[]
  readonly balancers: readonly number[]
  readonly ranges: readonly number[] | undefined
  readonly endpoints: readonly EndpointShape[]
  readonly random: boolean
  /** 0: as long as it is by default. */
  readonly affinity: number | undefined
  readonly external: 'Cluster' | 'Local' | undefined
  readonly internal: 'Cluster' | 'Local' | undefined
}

interface ProxyShape {
  readonly services: readonly Family[]
  readonly clusters: readonly Family[]
  readonly pods: boolean
  readonly nodePortAddresses: readonly number[] | undefined
  readonly localhost: boolean | undefined
  readonly masqueradeAll: boolean | undefined
  readonly bit: number | undefined
}

export interface ServiceSet {
  readonly services: readonly ServiceShape[]
  readonly proxy: ProxyShape
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 })

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

/** Some of a list, by their numbers. */
const someOf = (list: readonly unknown[], most = 3): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 0, max: list.length - 1 }), { maxLength: most })

const endpoint: fc.Arbitrary<EndpointShape> = fc.record({
  site: fc.constantFrom('here', 'there', 'here', 'there', 'host'),
  host: fc.integer({ min: 0, max: 6 }),
  named: fc.boolean(),
  state: fc.constantFrom('plain', 'plain', 'plain', 'unready', 'ending', 'ended', 'both'),
})

const port: fc.Arbitrary<PortShape> = fc.record({
  port: fc.constantFrom(80, 443, 53, 8080, 9153),
  protocol: fc.constantFrom('tcp', 'tcp', 'udp', 'sctp'),
  targetPort: maybe(fc.constantFrom(8080, 5353)),
  nodePort: maybe(fc.oneof(fc.integer({ min: 30_000, max: 30_040 }), fc.nat(2767))),
})

const policy = fc.constantFrom('Cluster', 'Local', 'Local', undefined)

const bothFamilies = fc.constantFrom<readonly Family[]>(
  families,
  families,
  families,
  ['inet'],
  ['inet6'],
)

const serviceShapes: fc.Arbitrary<ServiceShape> = fc.record({
  place: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 65_000 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  families: bothFamilies,
  ports: fc.array(port, { minLength: 1, maxLength: 3 }),
  externals: fc.oneof(fc.constant([]), someOf(pool.externalIPs.inet)),
  balancers: fc.oneof(fc.constant([]), someOf(pool.loadBalancerIPs.inet)),
  ranges: maybe(someOf(pool.ranges)),
  endpoints: fc.oneof(
    { weight: 6, arbitrary: fc.array(endpoint, { maxLength: 5 }) },
    { weight: 1, arbitrary: fc.array(endpoint, { maxLength: 12 }) },
  ),
  random: fc.boolean(),
  affinity: rarely(fc.constantFrom(0, 1, 10_800, 86_400)),
  external: policy,
  internal: policy,
})

const proxyShapes: fc.Arbitrary<ProxyShape> = fc.record({
  services: fc.constantFrom<readonly Family[]>(families, families, ['inet'], []),
  clusters: fc.constantFrom<readonly Family[]>(families, families, families, ['inet6'], []),
  pods: fc.boolean(),
  nodePortAddresses: rarely(someOf(pool.nodePortAddresses)),
  localhost: rarely(fc.boolean()),
  masqueradeAll: rarely(fc.boolean()),
  bit: rarely(fc.constantFrom(0, 13, 31)),
})

export const serviceSets = (size: {
  readonly minLength: number
  readonly maxLength: number
}): fc.Arbitrary<ServiceSet> =>
  fc.record({ services: fc.array(serviceShapes, { ...size, size: 'max' }), proxy: proxyShapes })

// Configurations.

type Services = NonNullable<Config['services']>

/** Without what is not there. */
const defined = <T extends object>(section: T): T =>
  Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as T

/** The address of that number, of both sites' pods and of the other host. */
export const addressOf = (site: EndpointShape['site'], host: number, family: Family): string => {
  if (site === 'host') return family === 'inet' ? '10.0.0.2' : 'fd00:10::2'
  const number = String(11 + host)
  if (site === 'here') return family === 'inet' ? `10.244.0.${number}` : `fd00:244::${number}`
  return family === 'inet' ? `10.244.1.${number}` : `fd00:244:0:1::${number}`
}

const clusterIP = (place: number, family: Family): string =>
  family === 'inet' ? `10.96.${place >> 8}.${place & 255}` : `fd00:96::${place.toString(16)}`

const states = {
  plain: {},
  unready: { ready: false },
  ending: { terminating: true },
  ended: { terminating: true, serving: false },
  both: { terminating: true, ready: true },
}

const endpointOf = ({ site, host, named, state }: EndpointShape, family: Family): Endpoint => {
  const address = addressOf(site, host, family)
  // Whether a pod is on this node, services of one file do not disagree on.
  const tells = site === 'here' ? host % 2 === 0 : named
  const node = tells ? { node: site === 'here' ? nodeName : 'node-b' } : {}
  return tells || state !== 'plain' ? { address, ...node, ...states[state] } : address
}

const textOf = (one: Endpoint): string => (typeof one === 'string' ? one : one.address)

const endpointsOf = (
  shapes: readonly EndpointShape[],
  wanted: readonly Family[],
): readonly Endpoint[] => {
  const all = wanted.flatMap((family) => shapes.map((shape) => endpointOf(shape, family)))
  return [...new Map(all.map((one) => [textOf(one), one])).values()]
}

/** What of a node one service alone can have: addresses with ports, and node ports. */
type Claims = ReadonlySet<string>

const claimsOf = (service: Service): readonly string[] => {
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [], ports } = service
  return ports.flatMap(({ protocol = 'tcp', port: number, nodePort }) => [
    ...[...clusterIPs, ...externalIPs, ...loadBalancerIPs].map(
      (address) => `${address} ${number}/${protocol}`,
    ),
    ...(nodePort === undefined ? [] : [`node ${nodePort}/${protocol}`]),
  ])
}

const claimsOfAll = (services: Services, except?: string): Claims =>
  new Set(Object.entries(services).flatMap(([name, one]) => (name === except ? [] : claimsOf(one))))

const portsOf = (shapes: readonly PortShape[], taken: Claims): readonly ServicePort[] => {
  const unique = new Map(shapes.map((one) => [`${one.port}/${one.protocol}`, one]))
  const own = new Set<string>()
  return [...unique.values()].map(({ port: number, protocol, targetPort, nodePort }) => {
    let free = nodePort === undefined || nodePort >= 30_000 ? nodePort : 30_000 + nodePort
    const isTaken = (): boolean =>
      [taken, own].some((claims) => claims.has(`node ${String(free)}/${protocol}`))
    while (free !== undefined && isTaken()) free += 1
    own.add(`node ${String(free)}/${protocol}`)
    return defined({
      name: `${protocol}-${number}`,
      port: number,
      ...(protocol === 'tcp' ? {} : { protocol }),
      targetPort,
      nodePort: free,
    }) as ServicePort
  })
}

/** Those addresses at which none of the ports is another service's. */
const freeOf = (
  addresses: readonly string[],
  ports: readonly ServicePort[],
  taken: Claims,
): readonly string[] =>
  addresses.filter((address) =>
    claimsOf({ ports, externalIPs: [address] })
      .filter((claim) => !claim.startsWith('node '))
      .every((claim) => !taken.has(claim)),
  )

const orNone = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined

const toService = (shape: ServiceShape, taken: Claims): Service => {
  const ports = portsOf(shape.ports, taken)
  const { place } = shape
  const isFree = (at: number): boolean => {
    const all = shape.families.map((family) => clusterIP(at, family))
    return freeOf(all, ports, taken).length === all.length
  }
  let free = place
  while (free !== undefined && !isFree(free)) free += 1
  const at = free
  const own = at === undefined ? [] : shape.families.map((family) => clusterIP(at, family))
  const among = (lists: Readonly<Record<Family, readonly string[]>>, numbers: readonly number[]) =>
    shape.families.flatMap((family) => numbers.map((number) => lists[family][number] ?? ''))
  const externals = freeOf(among(pool.externalIPs, shape.externals), ports, taken)
  const balancers = freeOf(among(pool.loadBalancerIPs, shape.balancers), ports, taken)
  const faces = [...own, ...externals, ...balancers]
  const wanted = families.filter((family) =>
    faces.length > 0
      ? faces.some((address) => familyOf(address) === family)
      : shape.families.includes(family),
  )
  const isLost = faces.length === 0 && ports.every(({ nodePort }) => nodePort === undefined)
  return defined({
    clusterIPs: orNone(own),
    externalIPs: orNone(externals),
    loadBalancerIPs: orNone(balancers),
    loadBalancerSourceRanges: shape.ranges?.map((number) => pool.ranges[number] ?? ''),
    // Something has to lead to it.
    ports: isLost ? portsOf([{ ...shape.ports[0]!, nodePort: 2000 }], taken) : ports,
    endpoints: endpointsOf(shape.endpoints, wanted),
    loadBalancing: shape.random ? 'random' : undefined,
    sessionAffinity:
      shape.affinity === undefined
        ? undefined
        : shape.affinity === 0
          ? {}
          : { timeoutSeconds: shape.affinity },
    externalTrafficPolicy: shape.external,
    internalTrafficPolicy: shape.internal,
  }) as Service
}

const toProxy = (shape: ProxyShape): ServiceProxy =>
  defined({
    serviceCIDRs: shape.services.map((family) => pool.serviceCIDRs[family]),
    clusterCIDRs: shape.clusters.map((family) => pool.clusterCIDRs[family]),
    podCIDRs: shape.pods ? families.map((family) => pool.podCIDRs[family]) : undefined,
    nodePortAddresses: shape.nodePortAddresses?.map((at) => pool.nodePortAddresses[at] ?? ''),
    localhostNodePorts: shape.localhost,
    masqueradeAll: shape.masqueradeAll,
    masqueradeBit: shape.bit,
  }) as ServiceProxy

const spaces = ['default/', 'kube-system/', '']

/** The sections of services, beside what else a file has. */
export const toConfig = ({ services, proxy }: ServiceSet, rest: Config = {}): Config => {
  const made: Record<string, Service> = {}
  services.forEach((shape, index) => {
    made[`${spaces[index % 3] ?? ''}svc-${index}`] = toService(shape, claimsOfAll(made))
  })
  return { version: 1, ...rest, serviceProxy: toProxy(proxy), services: made }
}

/** JSON, which is YAML. */
export const toYaml = (config: Config): string => JSON.stringify(config, null, 1)

// Edits.

/** A change of one service or, by `proxy`, of what they share. */
export interface Edit {
  readonly what:
    | 'add'
    | 'remove'
    | 'replace'
    | 'addEndpoint'
    | 'removeEndpoint'
    | 'changeEndpoint'
    | 'addPort'
    | 'removePort'
    | 'affinity'
    | 'mode'
    | 'external'
    | 'internal'
    | 'ranges'
    | 'proxy'
  /** Which service, and which of its parts. */
  readonly which: number
  readonly part: number
  /** Where what is new is from. */
  readonly shape: ServiceShape
  readonly endpoint: EndpointShape
  readonly port: PortShape
  readonly proxy: ProxyShape
}

export const edits: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom(
    'addEndpoint',
    'removeEndpoint',
    'changeEndpoint',
    'add',
    'remove',
    'replace',
    'addPort',
    'removePort',
    'affinity',
    'mode',
    'external',
    'internal',
    'ranges',
    'proxy',
  ),
  which: fc.nat(1000),
  part: fc.nat(1000),
  shape: serviceShapes,
  endpoint,
  port,
  proxy: proxyShapes,
})

/** The families that a service has, whatever has them. */
export const familiesOf = ({
  clusterIPs = [],
  externalIPs = [],
  loadBalancerIPs = [],
  endpoints = [],
}: Service): readonly Family[] => {
  const faces = [...clusterIPs, ...externalIPs, ...loadBalancerIPs]
  const known = new Set((faces.length > 0 ? faces : endpoints.map(textOf)).map(familyOf))
  return known.size === 0 ? ['inet'] : families.filter((family) => known.has(family))
}

const without = <T>(list: readonly T[], at: number): readonly T[] =>
  list.filter((_, index) => index !== at % Math.max(1, list.length))

const other = (policyNow: 'Cluster' | 'Local' | undefined): 'Cluster' | 'Local' =>
  policyNow === 'Local' ? 'Cluster' : 'Local'

const withEndpoint = (service: Service, shape: EndpointShape): Service => {
  const { endpoints = [] } = service
  const known = new Set(endpoints.map(textOf))
  const more = endpointsOf([shape], familiesOf(service)).filter((one) => !known.has(textOf(one)))
  return { ...service, endpoints: [...endpoints, ...more] }
}

const changedEndpoint = (service: Service, { part, endpoint: { state } }: Edit): Service => {
  const { endpoints = [] } = service
  const at = part % Math.max(1, endpoints.length)
  return {
    ...service,
    endpoints: endpoints.map((one, index) => {
      if (index !== at) return one
      const { address, node } = typeof one === 'string' ? { address: one, node: undefined } : one
      const wasPlain = typeof one === 'string' || Object.keys(one).length <= 2
      const now = wasPlain && state === 'plain' ? 'unready' : state
      return { address, ...(node === undefined ? {} : { node }), ...states[now] }
    }),
  }
}

const withPort = (service: Service, shape: PortShape, taken: Claims): Service => {
  const [added] = portsOf([shape], new Set([...taken, ...claimsOf(service)]))
  if (!added || service.ports.some(({ name }) => name === added.name)) return service
  const more = { ...service, ports: [...service.ports, added] }
  return claimsOf(more).some((claim) => taken.has(claim)) ? service : more
}

const withoutPort = (service: Service, part: number): Service => {
  const ports = without(service.ports, part)
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [] } = service
  const isReached =
    clusterIPs.length + externalIPs.length + loadBalancerIPs.length > 0 ||
    ports.some(({ nodePort }) => nodePort !== undefined)
  return ports.length > 0 && isReached ? { ...service, ports } : service
}

/** The other half of a switch: with it where there was none, and without where there was. */
const toggled = <K extends keyof Service>(service: Service, key: K, value: Service[K]): Service =>
  service[key] === undefined
    ? { ...service, [key]: value }
    : { ...defined<Partial<Service>>({ ...service, [key]: undefined }), ports: service.ports }

const editService = (service: Service, edit: Edit, taken: Claims): Service => {
  switch (edit.what) {
    case 'replace':
      return toService(edit.shape, taken)
    case 'addEndpoint':
      return withEndpoint(service, edit.endpoint)
    case 'removeEndpoint':
      // Of a service without addresses, the last one of a family takes the family with it.
      return { ...service, endpoints: without(service.endpoints ?? [], edit.part) }
    case 'changeEndpoint':
      return changedEndpoint(service, edit)
    case 'addPort':
      return withPort(service, edit.port, taken)
    case 'removePort':
      return withoutPort(service, edit.part)
    case 'affinity':
      return toggled(service, 'sessionAffinity', { timeoutSeconds: 1 + edit.part })
    case 'mode':
      return toggled(service, 'loadBalancing', 'random')
    case 'external':
      return { ...service, externalTrafficPolicy: other(service.externalTrafficPolicy) }
    case 'internal':
      return { ...service, internalTrafficPolicy: other(service.internalTrafficPolicy) }
    case 'ranges': {
      const { ranges = [0, 5] } = edit.shape
      const texts = ranges.map((number) => pool.ranges[number] ?? '')
      return toggled(service, 'loadBalancerSourceRanges', texts)
    }
    default:
      return service
  }
}

export interface Edited {
  readonly config: Config
  /** The service that was edited; undefined: what all of them share. */
  readonly service: string | undefined
}

/** Whether an edit would show in the rules: most services have no load balancer, many but one endpoint. */
const suits = (service: Service, { what }: Edit): boolean => {
  const { endpoints = [], externalIPs = [], loadBalancerIPs = [], ports } = service
  const isExternal =
    externalIPs.length + loadBalancerIPs.length > 0 ||
    ports.some(({ nodePort }) => nodePort !== undefined)
  switch (what) {
    case 'mode':
      return endpoints.filter((one) => typeof one === 'string').length > 2
    case 'affinity':
    case 'changeEndpoint':
    case 'removeEndpoint':
      return endpoints.length > 0
    case 'external':
      return isExternal && endpoints.length > 0
    case 'ranges':
      return loadBalancerIPs.length > 0 && endpoints.length > 0
    case 'removePort':
      return ports.length > 1
    default:
      return true
  }
}

export const editConfig = (config: Config, edit: Edit): Edited => {
  const { services = {} } = config
  const names = Object.keys(services)
  const suitable = names.filter((one) => suits(services[one]!, edit))
  const among = suitable.length > 0 ? suitable : names
  const name = among[edit.which % Math.max(1, among.length)]
  if (edit.what === 'proxy')
    return { config: { ...config, serviceProxy: toProxy(edit.proxy) }, service: undefined }
  if (edit.what === 'add' || name === undefined) {
    const added = `added/svc-${names.length}-${edit.which}`
    const service = toService(edit.shape, claimsOfAll(services, added))
    return { config: { ...config, services: { ...services, [added]: service } }, service: added }
  }
  const { [name]: edited, ...rest } = services
  if (edit.what === 'remove' || !edited)
    return { config: { ...config, services: rest }, service: name }
  const next = editService(edited, edit, claimsOfAll(services, name))
  return { config: { ...config, services: { ...services, [name]: next } }, service: name }
}
