import { familyOf } from '../../net/addresses.ts'
import type { WrittenConfig, WrittenService } from '../config.ts'
import { entriesOf, makeMap, type Located, type LocatedMap } from '../located.ts'
import { clusterIPsOf, nodePortOf, serviceCIDRsOf } from './allocate.ts'
import { entryOf, locateValue, mapItems, withEntries } from './locate.ts'
import type { Fleet } from './fleet.ts'
import type { Assigned } from './pods.ts'
import { givenAddresses, isAuto, nodeOfPod } from './pods.ts'

/** Whether something of a service is to be found, rather than written. */
const isOpen = ({ clusterIPs, ports, endpoints = [] }: WrittenService): boolean =>
  clusterIPs === 'auto' ||
  ports.some(({ nodePort }) => nodePort === 'auto') ||
  endpoints.some((one) => typeof one !== 'string' && one.pod !== undefined)

/** The families of its addresses; none, where it has node ports alone. */
export const familiesOf = (
  service: WrittenService,
  clusterIPs: readonly string[],
): readonly string[] => [
  ...clusterIPs.map(familyOf),
  ...(service.externalIPs ?? []).map(familyOf),
  ...(service.loadBalancerIPs ?? []).map(familyOf),
]

/** What is known of the pods. */
interface Known {
  readonly fleet: Fleet | undefined
  readonly assigned: Assigned
}

/** An endpoint that is a pod, as one for each of its addresses that the service can have. */
const endpointsOf =
  ({ pods = {} }: WrittenConfig, { fleet, assigned }: Known, families: readonly string[]) =>
  (item: Located): readonly Located[] => {
    const named = entryOf(item, 'pod')
    if (item.kind !== 'map' || named?.kind !== 'scalar') return [item]
    const name = String(named.value)
    const pod = pods[name]
    if (!pod) return []
    const addresses = isAuto(pod) ? (assigned.get(name) ?? []) : givenAddresses(pod)
    const rest = new Map([...entriesOf(item)].filter(([key]) => key !== 'pod'))
    return addresses
      .filter((address) => families.length === 0 || families.includes(familyOf(address)))
      .map((address) => {
        const known = locateValue(
          { address, node: fleet && nodeOfPod(fleet, pod) },
          named.place,
        ) as LocatedMap
        return makeMap(new Map([...entriesOf(known), ...rest]), item.place)
      })
  }

const withNodePort =
  (service: string, ports: WrittenService['ports']) =>
  (item: Located, index: number): Located => {
    const port = ports[index]
    const given = entryOf(item, 'nodePort')
    if (item.kind !== 'map' || !given || port?.nodePort !== 'auto') return item
    return withEntries(item, { nodePort: locateValue(nodePortOf(service, port), given.place) })
  }

const settleService = (
  config: WrittenConfig,
  known: Known,
  name: string,
  located: LocatedMap,
): LocatedMap => {
  const service = config.services?.[name]
  if (!service || !isOpen(service)) return located
  const clusterIPs = clusterIPsOf(name, service, serviceCIDRsOf(config))
  const given = entryOf(located, 'clusterIPs')
  const families = familiesOf(service, clusterIPs)
  const endpoints = entryOf(located, 'endpoints')
  const ports = entryOf(located, 'ports')
  return withEntries(located, {
    ...(service.clusterIPs === 'auto' && given
      ? { clusterIPs: locateValue(clusterIPs, given.place) }
      : {}),
    ...(ports
      ? {
          ports: mapItems(ports, (item, index) => [withNodePort(name, service.ports)(item, index)]),
        }
      : {}),
    ...(endpoints ? { endpoints: mapItems(endpoints, endpointsOf(config, known, families)) } : {}),
  })
}

/** The services with addresses, node ports and endpoints that are known. */
export const settleServices = (
  config: WrittenConfig,
  root: LocatedMap,
  known: Known,
): LocatedMap => {
  const services = entryOf(root, 'services')
  if (services?.kind !== 'map' || !Object.values(config.services ?? {}).some(isOpen)) return root
  const entries = [...entriesOf(services)].map(([name, { value }]) => [
    name,
    value.kind === 'map' ? settleService(config, known, name, value) : value,
  ])
  return withEntries(root, {
    services: withEntries(services, Object.fromEntries(entries) as Record<string, Located>),
  })
}
