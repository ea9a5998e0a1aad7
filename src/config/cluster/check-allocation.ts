import { canonicalAddress, contains, hasHostBits } from '../../net/addresses.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { WrittenConfig, WrittenService } from '../config.ts'
import type { Path } from '../located.ts'
import {
  clusterIPsOf,
  freeClusterIP,
  freeNodePort,
  nodePortOf,
  serviceCIDRsOf,
} from './allocate.ts'

/** Something that only one service can have. */
interface Claim {
  readonly what: string
  readonly service: string
  /** It comes from the service's name. */
  readonly made: boolean
  readonly path: Path
}

/** Who is in the way of those that are made: told at one that is, whichever comes first. */
const clashes = (claims: readonly Claim[], keyOf: (claim: Claim) => string) =>
  findTwins(
    [...claims].sort((a, b) => Number(a.made) - Number(b.made)),
    keyOf,
  ).filter(([{ made }]) => made)

const meeting = (claim: Claim, first: Claim, noun: string, hint: string): Problem => ({
  code: 'duplicate',
  message: `services ${first.service} and ${claim.service} come to one ${noun}, ${claim.what}`,
  path: claim.path,
  hint,
  related: first.path,
})

const listAddresses = (
  { services = {} }: WrittenConfig,
  ranges: readonly string[],
): readonly Claim[] =>
  Object.entries(services).flatMap(([service, entry]) =>
    clusterIPsOf(service, entry, ranges).map((what, index) => {
      const made = entry.clusterIPs === 'auto'
      const path = ['services', service, 'clusterIPs', ...(made ? [] : [index])]
      return { what, service, made, path }
    }),
  )

const checkAddresses = (config: WrittenConfig): readonly Problem[] => {
  const { services = {} } = config
  if (!Object.values(services).some(({ clusterIPs }) => clusterIPs === 'auto')) return []
  const ranges = serviceCIDRsOf(config)
  if (ranges.some(hasHostBits)) return []
  const claims = listAddresses(config, ranges)
  const taken = new Set(claims.map(({ what }) => what))
  return clashes(claims, ({ what }) => canonicalAddress(what)).map(([claim, first]): Problem => {
    const range = ranges.find((prefix) => contains(prefix, claim.what)) ?? ''
    const free = freeClusterIP(range, taken, claim.what)
    // The next one is told another.
    if (free !== undefined) taken.add(free)
    const hint =
      free === undefined
        ? `all that ${range} gives away are taken: a larger one has more`
        : `write another one: clusterIPs: [${free}]`
    return meeting(claim, first, 'cluster IP', hint)
  })
}

const checkRanges = (config: WrittenConfig): readonly Problem[] => {
  const { services = {} } = config
  if (serviceCIDRsOf(config).length > 0) return []
  return Object.entries(services)
    .filter(([, { clusterIPs }]) => clusterIPs === 'auto')
    .slice(0, 1)
    .map(([service]) => ({
      code: 'value',
      message: 'clusterIPs: auto needs to know where cluster IPs are from',
      path: ['services', service, 'clusterIPs'],
      hint: 'give "cluster" a "serviceCIDR", or "serviceProxy" its "serviceCIDRs"',
    }))
}

const listPorts = (service: string, { ports }: WrittenService): readonly Claim[] =>
  ports.flatMap((port, index) => {
    const { nodePort, protocol = 'tcp' } = port
    if (nodePort === undefined) return []
    const number = nodePort === 'auto' ? nodePortOf(service, port) : Number(nodePort)
    const path = ['services', service, 'ports', index, 'nodePort']
    return [{ what: `${String(number)}/${protocol}`, service, made: nodePort === 'auto', path }]
  })

const isMade = ({ nodePort }: WrittenService['ports'][number]): boolean => nodePort === 'auto'

const checkPorts = ({ services = {} }: WrittenConfig): readonly Problem[] => {
  if (!Object.values(services).some(({ ports }) => ports.some(isMade))) return []
  const claims = Object.entries(services).flatMap(([name, service]) => listPorts(name, service))
  const taken = new Set(claims.map(({ what }) => parseInt(what)))
  return clashes(claims, ({ what }) => what).map(([claim, first]): Problem => {
    const free = freeNodePort(taken, parseInt(claim.what))
    if (free !== undefined) taken.add(free)
    const hint =
      free === undefined
        ? 'all that are given away are taken: write one below 30086'
        : `write another one: nodePort: ${String(free)}`
    return meeting(claim, first, 'node port', hint)
  })
}

/** What is made from names, where that meets: nobody is moved aside by a service that comes later. */
export const checkAllocation = (config: WrittenConfig): readonly Problem[] => [
  ...checkRanges(config),
  ...checkAddresses(config),
  ...checkPorts(config),
]
