import { familyOf, type Family } from '../../net/addresses.ts'
import { isWithin, nameFamily } from './prefixes.ts'
import { listPrefixes } from './service-addresses.ts'
import { pathOfSpot, type ServiceEntry } from './service-entries.ts'
import { checkEach, type Check, type Problem } from './topology.ts'

const FAMILIES: readonly Family[] = ['inet', 'inet6']

/** A policy for what comes from outside, where nothing does. */
export const lintExternalPolicy: Check = ({ services }) =>
  checkEach(services, ({ service, title, path }): readonly Problem[] => {
    const { externalTrafficPolicy, externalIPs = [], loadBalancerIPs = [], ports } = service
    if (externalTrafficPolicy !== 'Local' || externalIPs.length + loadBalancerIPs.length > 0)
      return []
    if (ports.some(({ nodePort }) => nodePort !== undefined)) return []
    const message = `externalTrafficPolicy has no effect: nothing from outside leads to ${title}`
    const hint = 'it is for node ports, "externalIPs" and "loadBalancerIPs"'
    const at = [...path, 'externalTrafficPolicy']
    return [{ severity: 'warning', code: 'lint', message, path: at, part: 'key', hint }]
  })

/** Ranges for a load balancer that is not there, or of another family than it. */
export const lintSourceRanges: Check = ({ services }) =>
  checkEach(services, (entry): readonly Problem[] => {
    const { loadBalancerSourceRanges: ranges = [], loadBalancerIPs = [] } = entry.service
    if (ranges.length === 0) return []
    const at = [...entry.path, 'loadBalancerSourceRanges']
    if (loadBalancerIPs.length > 0)
      return FAMILIES.flatMap((family) => lintRangeFamily(entry, family))
    const message = 'loadBalancerSourceRanges has no effect without "loadBalancerIPs"'
    return [{ severity: 'warning', code: 'lint', message, path: at, part: 'key' }]
  })

const lintRangeFamily = (entry: ServiceEntry, family: Family): readonly Problem[] => {
  const at = [...entry.path, 'loadBalancerSourceRanges']
  const ranges = entry.service.loadBalancerSourceRanges ?? []
  const range = ranges.findIndex((one) => familyOf(one) === family)
  const ip = entry.faces.find((face) => face.key === 'loadBalancerIPs' && face.family === family)
  const name = nameFamily(family)
  if (range >= 0 && !ip) {
    const message = `${ranges[range] ?? ''} has no effect: none of loadBalancerIPs is of ${name}`
    return [{ severity: 'warning', code: 'lint', message, path: [...at, range] }]
  }
  if (range >= 0 || !ip) return []
  const message = `nobody may come by ${ip.address}: loadBalancerSourceRanges has none of ${name}`
  const hint = `${family === 'inet' ? '0.0.0.0/0' : '"::/0"'} lets everyone in`
  return [{ severity: 'warning', code: 'lint', message, path: pathOfSpot(ip), hint, related: at }]
}

/** Pods of this node that the cluster's network leaves out: to a service they are strangers. */
export const lintPodRanges: Check = ({ config }) => {
  const clusters = listPrefixes(config, ['clusterCIDRs'])
  return listPrefixes(config, ['podCIDRs']).flatMap(({ prefix, path }): readonly Problem[] => {
    const cluster = clusters.find((one) => familyOf(one.prefix) === familyOf(prefix))
    if (!cluster || isWithin(prefix, cluster.prefix)) return []
    const message = `${prefix} is not within ${cluster.prefix}, the network of all pods`
    const hint = 'what its pods send to a service is masqueraded'
    return [{ severity: 'warning', code: 'lint', message, path, hint, related: cluster.path }]
  })
}

/** The kernel takes no packet for a loopback address that comes from elsewhere, but with route_localnet. */
export const lintLoopbackNodePorts: Check = ({ config }) =>
  listPrefixes(config, ['nodePortAddresses']).flatMap(({ prefix, path }): readonly Problem[] => {
    if (config.serviceProxy?.localhostNodePorts === true && familyOf(prefix) === 'inet') return []
    if (!['127.0.0.0/8', '::1/128'].some((loopback) => isWithin(prefix, loopback))) return []
    const message = `no node ports are served on ${prefix}`
    const hint =
      familyOf(prefix) === 'inet'
        ? 'loopback addresses need "localhostNodePorts: true"'
        : 'IPv6 sends nothing from a loopback address to another'
    return [{ severity: 'warning', code: 'lint', message, path, hint }]
  })
