import { familyOf } from '../../net/addresses.ts'
import { countSubnets, lengthOf, numberOf, sizeOf } from '../../net/subnets.ts'
import { checkHostBits, isWithin, nameFamily, overlap } from '../checks/prefixes.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { Cluster, ClusterNode, WrittenConfig } from '../config.ts'
import type { Path } from '../located.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { listOf, ofFamily } from './fleet.ts'
import { hasRoom, indexOf, maskSizeOf } from './pod-cidrs.ts'
import { spotsOf, type Spot } from './spots.ts'

const poolPath = ['cluster', 'podCIDR']

/** Of one family there is one. */
export const checkFamilies = (spots: readonly Spot[], what: string): readonly Problem[] =>
  findTwins(spots, ({ text }) => familyOf(text)).map(([{ text, path }, first]) => ({
    code: 'value',
    message: `two ${what} of ${nameFamily(familyOf(text))}`,
    path,
    hint: 'one of each family',
    related: first.path,
  }))

const checkApart = (
  spots: readonly Spot[],
  what: string,
  pools: readonly Spot[],
): readonly Problem[] =>
  spots.flatMap(({ text, path }): readonly Problem[] => {
    const pool = pools.find((one) => overlap(one.text, text))
    if (!pool) return []
    const message = `${text} of the ${what} and ${pool.text} of the pods overlap`
    return [{ code: 'value', message, path, related: pool.path }]
  })

/** The networks of pods, of services and of nodes. */
export const checkPools = ({ cluster }: WrittenConfig): readonly Problem[] => {
  const pools = spotsOf(cluster?.podCIDR, poolPath)
  const services = spotsOf(cluster?.serviceCIDR, ['cluster', 'serviceCIDR'])
  const subnets = spotsOf(cluster?.nodeCIDR, ['cluster', 'nodeCIDR'])
  const reserved = spotsOf(cluster?.reserved, ['cluster', 'reserved'])
  const all = [...pools, ...services, ...subnets, ...reserved]
  const broken = all.flatMap(({ text, path }) => checkHostBits(text, path))
  if (broken.length > 0) return broken
  return [
    ...checkFamilies(pools, 'networks of pods'),
    ...checkFamilies(services, 'networks of services'),
    ...checkApart(services, 'services', pools),
    ...checkApart(subnets, 'nodes', pools),
    ...findTwins(subnets, ({ text }) => text).map(([{ text, path }, first]): Problem => ({
      code: 'duplicate',
      message: `${text} is there twice`,
      path,
      related: first.path,
    })),
    ...reserved
      .filter(({ text }) => !pools.some((pool) => overlap(pool.text, text)))
      .map(({ text, path }): Problem => ({
        severity: 'warning',
        code: 'lint',
        message: `no pod would get an address in ${text}: it is outside of ${listOf(cluster?.podCIDR).join(' and ')}`,
        path,
        related: poolPath,
      })),
  ]
}

/** Fewer have no address for a pod. */
const fewest = { inet: 4n, inet6: 4n }

const checkGiven = ({ podCIDRs }: Fleet, { text, path }: Spot): readonly Problem[] => {
  const broken = checkHostBits(text, path)
  if (broken.length > 0) return broken
  const pool = ofFamily(podCIDRs, familyOf(text))
  if (pool === undefined || !isWithin(text, pool)) {
    const message = `${text} is outside of ${podCIDRs.join(' and ')}, the network of all pods`
    return [{ code: 'value', message, path, related: poolPath }]
  }
  if (sizeOf(text) >= fewest[familyOf(text)]) return []
  return [{ code: 'value', message: `${text} has no room for a pod beside the gateway`, path }]
}

const whyNoIndex = (cluster: Cluster, node: ClusterNode, name: string, path: Path): Problem => {
  if (cluster.podCIDRFrom === undefined) {
    const message = `node ${name} needs "podCIDR"`
    const hint = 'or "podCIDRFrom" in the cluster, for all nodes'
    return { code: 'value', message, path, part: 'key', hint }
  }
  const [first = ''] = listOf(node.address)
  if (cluster.nodeCIDR === undefined) {
    const message = 'podCIDRFrom: hostNumber needs "nodeCIDR"'
    const hint = 'the host number is how far an address is into its subnet'
    return { code: 'value', message, path: ['cluster', 'podCIDRFrom'], hint }
  }
  const message = `${first} of node ${name} is in no subnet of nodeCIDR, and so has no host number`
  return { code: 'value', message, path: [...path, 'address'], related: ['cluster', 'nodeCIDR'] }
}

const noRoom = (cluster: Cluster, pool: string, index: bigint, name: string): string => {
  const length = maskSizeOf(cluster, pool)
  const count = countSubnets(pool, length)
  if (count === 0n) return `${pool} has no room for a network of /${String(length)}`
  const who =
    cluster.podCIDRFrom === 'hostNumber'
      ? `node ${name} is host ${String(index)} of its subnet`
      : `node ${name} is number ${String(index)} of the list`
  return `${who}, and ${pool} has ${String(count)} networks of /${String(length)}, from 0`
}

/** Nodes whose part of the pods cannot be told. */
const checkIndexed = (
  cluster: Cluster,
  { name, path }: FleetNode,
  position: number,
): readonly Problem[] => {
  const node = cluster.nodes?.[name]
  if (!node || node.podCIDR !== undefined) return []
  const index = indexOf(cluster, node, position)
  if (index === undefined) return [whyNoIndex(cluster, node, name, path)]
  return listOf(cluster.podCIDR)
    .filter((pool) => !hasRoom(cluster, pool, index))
    .map((pool): Problem => {
      const size = lengthOf(pool) < 32 && familyOf(pool) === 'inet' ? 'a larger podCIDR, ' : ''
      const hint = `${size}a longer nodeCIDRMaskSize, or a podCIDR for this node`
      const at = cluster.podCIDRFrom === 'hostNumber' ? [...path, 'address'] : path
      const part = cluster.podCIDRFrom === 'hostNumber' ? {} : { part: 'key' as const }
      return {
        code: 'value',
        message: noRoom(cluster, pool, index, name),
        path: at,
        ...part,
        hint,
        related: poolPath,
      }
    })
}

interface Held {
  readonly prefix: string
  readonly node: FleetNode
  readonly path: Path
}

/** Where the pod network of a node stands: at what gives it. */
const heldBy = ({ cluster }: Fleet, node: FleetNode): readonly Held[] => {
  const given = spotsOf(cluster.nodes?.[node.name]?.podCIDR, [...node.path, 'podCIDR'])
  const from = cluster.podCIDRFrom === 'hostNumber' ? [...node.path, 'address'] : node.path
  return node.podCIDRs.map((prefix, index) => ({ prefix, node, path: given[index]?.path ?? from }))
}

const lastOf = (prefix: string): bigint =>
  numberOf(prefix.split('/')[0] ?? '') + sizeOf(prefix) - 1n

/** Sorted, those that overlap stand beside each other: a thousand nodes are not compared by pairs. */
const checkOverlaps = (fleet: Fleet): readonly Problem[] => {
  const all = fleet.nodes.flatMap((node) => heldBy(fleet, node))
  const startOf = ({ prefix }: Held): bigint => numberOf(prefix.split('/')[0] ?? '')
  const sorted = all
    .map((held) => ({ held, start: startOf(held), family: familyOf(held.prefix) }))
    .sort(
      (a, b) =>
        a.family.localeCompare(b.family) || (a.start < b.start ? -1 : a.start > b.start ? 1 : 0),
    )
  const problems: Problem[] = []
  let widest: (typeof sorted)[number] | undefined
  for (const one of sorted) {
    const isSame = widest?.family === one.family && lastOf(widest.held.prefix) >= one.start
    if (widest && isSame) problems.push(overlapping(all, widest.held, one.held))
    if (!isSame || (widest && lastOf(one.held.prefix) > lastOf(widest.held.prefix))) widest = one
  }
  return problems
}

/** Told at the one that comes second in the file. */
const overlapping = (all: readonly Held[], one: Held, other: Held): Problem => {
  const [first, second] = all.indexOf(one) < all.indexOf(other) ? [one, other] : [other, one]
  const same = first.prefix === second.prefix
  const message = same
    ? `the pods of nodes ${first.node.name} and ${second.node.name} would both be in ${first.prefix}`
    : `${second.prefix} of node ${second.node.name} and ${first.prefix} of node ${first.node.name} overlap`
  return { code: 'duplicate', message, path: second.path, related: first.path }
}

/** The parts that the nodes have of the network of pods. */
export const checkPodCIDRs = ({ cluster }: WrittenConfig, fleet: Fleet): readonly Problem[] => {
  if (!cluster?.nodes) return []
  const given = fleet.nodes.flatMap((node) =>
    spotsOf(cluster.nodes?.[node.name]?.podCIDR, [...node.path, 'podCIDR']),
  )
  const broken = [
    ...given.flatMap((spot) => checkGiven(fleet, spot)),
    ...fleet.nodes.flatMap((node) =>
      checkFamilies(
        spotsOf(cluster.nodes?.[node.name]?.podCIDR, [...node.path, 'podCIDR']),
        `pod networks of node ${node.name}`,
      ),
    ),
    ...unique(fleet.nodes.flatMap((node, position) => checkIndexed(cluster, node, position))),
  ]
  return broken.length > 0 ? broken : [...checkOverlaps(fleet), ...checkWaysBack(fleet)]
}

/** What lacks in the cluster is told once, and not at each node. */
const unique = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(
    problems.map((problem) => [JSON.stringify([problem.message, problem.path]), problem]),
  ).values(),
]

/** Pods of a family that a node does not have are sent to, and cannot answer. */
const checkWaysBack = (fleet: Fleet): readonly Problem[] =>
  fleet.nodes.flatMap((node) =>
    fleet.podCIDRs
      .filter((pool) => ofFamily(node.podCIDRs, familyOf(pool)) === undefined)
      .map((pool): Problem => {
        const family = nameFamily(familyOf(pool))
        return {
          code: 'value',
          message: `node ${node.name} has no ${family} pod network: no way leads back from it to the ${family} pods of the others`,
          path: [...node.path, 'podCIDR'],
          hint: `give it a list of one of each family`,
          related: poolPath,
        }
      }),
  )
