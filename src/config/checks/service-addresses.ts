import {
  canonicalAddress,
  canonicalPrefix,
  contains,
  familyOf,
  isLinkLocal,
  isMulticast,
  isUnspecified,
} from '../../net/addresses.ts'
import type { Config, ServiceProxy } from '../config.ts'
import type { Path } from '../located.ts'
import { checkPrefixes, nameFamily, overlap } from './prefixes.ts'
import {
  familiesOf,
  listEndpoints,
  listFaces,
  listServices,
  type Face,
  type ServiceEntry,
  type Spot,
} from './services.ts'
import { findTwins, type Check, type Problem, type Topology } from './topology.ts'

/** Prefixes with host bits, or in a list twice. */
export const checkServicePrefixes: Check = ({ config }) => [
  ...PROXY_LISTS.flatMap((key) => checkPrefixes(config.serviceProxy?.[key], ['serviceProxy', key])),
  ...listServices(config).flatMap(({ service, path }) =>
    checkPrefixes(service.loadBalancerSourceRanges, [...path, 'loadBalancerSourceRanges']),
  ),
]

/** Addresses that no service and no endpoint can have. */
export const checkSpotKinds: Check = ({ config }) =>
  listServices(config).flatMap((entry) => [
    ...listFaces(entry).flatMap((face) => checkKind(face, 'service')),
    ...listEndpoints(entry).flatMap((endpoint) => checkKind(endpoint, 'endpoint')),
  ])

/** A cluster IP belongs to the service alone: packets to it never arrive at a link that has it. */
export const checkClusterIPs: Check = (topology) => {
  const entries = listServices(topology.config)
  const faces = entries.flatMap((entry) => listClusterIPs(entry).map((face) => ({ face, entry })))
  const owners = new Map(faces.map((owner) => [owner.face.address, owner]))
  return [
    ...listLinkAddresses(topology).flatMap(({ address, title, path }): readonly Problem[] => {
      const owner = owners.get(address)
      if (!owner) return []
      const message = `the cluster IP ${address} of ${owner.entry.title} is an address of ${title}`
      const hint = 'a cluster IP is on no link'
      return [{ code: 'value', message, path: owner.face.path, hint, related: path }]
    }),
    ...entries.flatMap(listEndpoints).flatMap(({ address, path }): readonly Problem[] => {
      const owner = owners.get(address)
      if (!owner) return []
      const message = `the endpoint ${address} is the cluster IP of ${owner.entry.title}`
      const hint = 'an endpoint is the address of a pod or host'
      return [{ code: 'value', message, path, hint, related: owner.face.path }]
    }),
  ]
}

/** Endpoints that no address of their service can lead to: NAT changes no family. */
export const checkEndpointFamilies: Check = ({ config }) =>
  listServices(config).flatMap((entry): readonly Problem[] => {
    const families = familiesOf(entry)
    const stray = listEndpoints(entry).find(({ family }) => !families.has(family))
    if (!stray) return []
    const message = `${stray.address} is ${nameFamily(stray.family)}, and ${entry.title} has no address of that family`
    const [face] = listFaces(entry)
    const hint = `give it a cluster IP of ${nameFamily(stray.family)} too`
    return [{ code: 'value', message, path: stray.path, hint, related: face?.path }]
  })

/** Cluster IPs are taken from the prefixes of services, and not from those of pods. */
export const checkClusterIPRanges: Check = ({ config }) => {
  const services = listPrefixes(config, ['serviceCIDRs'])
  const pods = listPrefixes(config, ['clusterCIDRs', 'podCIDRs'])
  return listServices(config)
    .flatMap(listClusterIPs)
    .flatMap(({ address, family, path }): readonly Problem[] => {
      const own = services.filter(({ prefix }) => familyOf(prefix) === family)
      if (own.some(({ prefix }) => contains(prefix, address))) return []
      const [first] = own
      if (first) {
        const message = `the cluster IP ${address} is outside of ${own.map(({ prefix }) => prefix).join(' and ')}`
        return [{ code: 'value', message, path, related: first.path }]
      }
      const range = pods.find(({ prefix }) => contains(prefix, address))
      if (!range) return []
      const message = `the cluster IP ${address} is in ${range.prefix}, where the pods are`
      return [{ code: 'value', message, path, related: range.path }]
    })
}

/** The networks of services and of pods are apart, and all pods are in one network of each family. */
export const checkProxyRanges: Check = ({ config }) => {
  const services = listPrefixes(config, ['serviceCIDRs'])
  const pods = listPrefixes(config, ['clusterCIDRs', 'podCIDRs'])
  const clusters = listPrefixes(config, ['clusterCIDRs'])
  return [
    ...services.flatMap(({ prefix, path }): readonly Problem[] => {
      const range = pods.find((pod) => overlap(pod.prefix, prefix))
      if (!range) return []
      const message = `${prefix} of the services and ${range.prefix} of the pods overlap`
      return [{ code: 'value', message, path, related: range.path }]
    }),
    ...findTwins(clusters, ({ prefix }) => familyOf(prefix)).map(
      ([{ prefix, path }, first]): Problem => ({
        code: 'value',
        message: `two clusterCIDRs of ${nameFamily(familyOf(prefix))}`,
        path,
        hint: 'all pods of a family are in one network',
        related: first.path,
      }),
    ),
  ]
}

const PROXY_LISTS = ['serviceCIDRs', 'clusterCIDRs', 'podCIDRs', 'nodePortAddresses'] as const

/** A prefix of serviceProxy, and where it stands. */
interface Range {
  readonly prefix: string
  readonly path: Path
}

/** The prefixes of serviceProxy's lists of that name. */
export const listPrefixes = (
  { serviceProxy = {} }: Config,
  keys: readonly (keyof ServiceProxy & (typeof PROXY_LISTS)[number])[],
): readonly Range[] =>
  keys.flatMap((key) =>
    (serviceProxy[key] ?? []).map((prefix, index) => ({
      prefix: canonicalPrefix(prefix),
      path: ['serviceProxy', key, index],
    })),
  )

const listClusterIPs = (entry: ServiceEntry): readonly Face[] =>
  listFaces(entry).filter(({ key }) => key === 'clusterIPs')

/** The addresses of all links, in whatever namespace. */
const listLinkAddresses = ({
  links,
}: Topology): readonly { address: string; title: string; path: Path }[] =>
  links.flatMap(({ title, path, data }) =>
    (data.addresses ?? []).map((text, index) => ({
      address: canonicalAddress(text.slice(0, text.indexOf('/'))),
      title,
      path: [...path, 'addresses', index],
    })),
  )

/** What Kubernetes refuses too (ValidateNonSpecialIP), and what no packet has. */
const KINDS: readonly (readonly [string, (address: string) => boolean])[] = [
  ['the unspecified address', isUnspecified],
  ['a multicast address', isMulticast],
  [
    'a loopback address',
    (address) => contains(address.includes(':') ? '::1' : '127.0.0.0/8', address),
  ],
  ['a link-local address', isLinkLocal],
  ['the broadcast address', (address) => address === '255.255.255.255'],
  ['an IPv4 address in the notation of IPv6', (address) => contains('::ffff:0:0/96', address)],
]

const checkKind = ({ address, path }: Spot, what: string): readonly Problem[] => {
  const kind = KINDS.find(([, isKind]) => isKind(address))?.[0]
  if (kind === undefined) return []
  const message = `${address} is ${kind}: no ${what} can have it`
  return [{ code: 'value', message, path }]
}
