import { canonicalPrefix, contains, familyOf, within } from '../../net/addresses.ts'
import type { Config, ServiceProxy } from '../config.ts'
import type { Path } from '../located.ts'
import { joinWords } from '../words.ts'
import { addressesOf } from './addresses.ts'
import { checkPrefixes, nameFamily, overlap } from './prefixes.ts'
import { pathOfSpot, type Face, type ServiceEntry, type Spot } from './service-entries.ts'
import { checkEach, findTwins, none, type Check, type Problem } from './topology.ts'

/** Prefixes with host bits, or in a list twice. */
export const checkServicePrefixes: Check = ({ config, services }) => [
  ...PROXY_LISTS.flatMap((key) => checkPrefixes(config.serviceProxy?.[key], ['serviceProxy', key])),
  ...checkEach(services, ({ service: { loadBalancerSourceRanges: ranges }, path }) =>
    ranges ? checkPrefixes(ranges, [...path, 'loadBalancerSourceRanges']) : none,
  ),
]

/** Addresses that no service and no endpoint can have. */
export const checkSpotKinds: Check = ({ services }) => {
  const problems: Problem[] = []
  for (const { faces, endpoints } of services) {
    for (const face of faces) problems.push(...checkKind(face, 'service'))
    for (const endpoint of endpoints) problems.push(...checkKind(endpoint, 'endpoint'))
  }
  return problems
}

/** A cluster IP belongs to the service alone: packets to it never arrive at a link that has it. */
export const checkClusterIPs: Check = ({ links, services }) => {
  const owners = new Map<string, Owner>()
  for (const entry of services) {
    for (const face of entry.faces) {
      if (face.key === 'clusterIPs') owners.set(face.address, { face, entry })
    }
  }
  return [
    ...links.flatMap(addressesOf).flatMap(({ address, link, path }): readonly Problem[] => {
      const owner = owners.get(address)
      if (!owner) return []
      const message = `the cluster IP ${address} of ${owner.entry.title} is an address of ${link.title}`
      const hint = 'a cluster IP is on no link'
      const at = pathOfSpot(owner.face)
      return [{ code: 'value', message, path: at, hint, related: path }]
    }),
    ...checkEach(services, ({ endpoints }) =>
      endpoints.some(({ address }) => owners.has(address))
        ? endpoints.flatMap((endpoint) => tellOwner(endpoint, owners.get(endpoint.address)))
        : none,
    ),
  ]
}

interface Owner {
  readonly face: Face
  readonly entry: ServiceEntry
}

const tellOwner = (endpoint: Spot, owner: Owner | undefined): readonly Problem[] => {
  if (!owner) return none
  const message = `the endpoint ${endpoint.address} is the cluster IP of ${owner.entry.title}`
  const hint = 'an endpoint is the address of a pod or host'
  const related = pathOfSpot(owner.face)
  return [{ code: 'value', message, path: pathOfSpot(endpoint), hint, related }]
}

/** Endpoints that no address of their service can lead to: NAT changes no family. */
export const checkEndpointFamilies: Check = ({ services }) =>
  checkEach(services, ({ title, faces, endpoints, families }): readonly Problem[] => {
    const stray = endpoints.find(({ family }) => !families.has(family))
    if (!stray) return none
    const message = `${stray.address} is ${nameFamily(stray.family)}, and ${title} has no address of that family`
    const hint = `give it a cluster IP of ${nameFamily(stray.family)} too`
    const related = faces[0] && pathOfSpot(faces[0])
    return [{ code: 'value', message, path: pathOfSpot(stray), hint, related }]
  })

/** Cluster IPs are taken from the prefixes of services, and not from those of pods. */
export const checkClusterIPRanges: Check = ({ config, services }) => {
  const ranges = listPrefixes(config, ['serviceCIDRs'])
  const pods = listPrefixes(config, ['clusterCIDRs', 'podCIDRs'])
  const isServices = ranges.map(({ prefix }) => within(prefix))
  const tell = (face: Face): readonly Problem[] => {
    const { address } = face
    const path = pathOfSpot(face)
    const own = ranges.filter(({ prefix }) => familyOf(prefix) === face.family)
    const [first] = own
    if (first) {
      const message = `the cluster IP ${address} is outside of ${joinWords(own.map(({ prefix }) => prefix))}`
      return [{ code: 'value', message, path, related: first.path }]
    }
    const range = pods.find(({ prefix }) => contains(prefix, address))
    if (!range) return []
    const message = `the cluster IP ${address} is in ${range.prefix}, where the pods are`
    return [{ code: 'value', message, path, related: range.path }]
  }
  return checkEach(services, ({ faces }) =>
    checkEach(faces, (face) =>
      face.key !== 'clusterIPs' || isServices.some((isIn) => isIn(face.address))
        ? none
        : tell(face),
    ),
  )
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

/** What Kubernetes refuses too (ValidateNonSpecialIP), and what no packet has: as addresses are printed. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['the unspecified address', /^(0\.0\.0\.0|::)$/],
  ['a loopback address', /^(127\.|::1$)/],
  ['a link-local address', /^(169\.254\.|fe[89ab].:)/],
  ['a multicast address', /^(2(2[4-9]|3\d)\.|ff..:)/],
  ['the broadcast address', /^255\.255\.255\.255$/],
  ['an IPv4 address in the notation of IPv6', /^::ffff:\d+\./],
]

/** What all of them begin with, and most addresses do not. */
const SUSPECT = /^(?:0\.|127\.|169\.254\.|2[2-5]|::|f)/

/** What an address is that no host has, as it is printed; undefined: nothing of that kind. */
export const specialKind = (address: string): string | undefined =>
  SUSPECT.test(address) ? KINDS.find(([, pattern]) => pattern.test(address))?.[0] : undefined

const checkKind = (spot: Spot, what: string): readonly Problem[] => {
  const kind = specialKind(spot.address)
  if (kind === undefined) return none
  const message = `${spot.address} is ${kind}: no ${what} can have it`
  return [{ code: 'value', message, path: pathOfSpot(spot) }]
}
