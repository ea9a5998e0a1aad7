import { familyOf, withoutLength } from '../../net/addresses.ts'
import { countSubnets, numberOf, sizeOf } from '../../net/subnets.ts'
import { checkHostBits, isWithin, nameFamily } from '../checks/prefixes.ts'
import type { Problem } from '../checks/topology.ts'
import type { Cluster, ClusterNode, WrittenConfig } from '../config.ts'
import type { Path } from '../located.ts'
import { checkFamilies, poolPath } from './check-pools.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { listOf, ofFamily } from './fleet.ts'
import { hasRoom, indexOf, maskSizeOf } from './pod-cidrs.ts'
import { firstPath, spotsOf, type Spot } from './spots.ts'

/** Fewer addresses have none for a pod: beside those of the network and the gateway, IPv4 has the broadcast address. */
const fewest = 4n

const checkGiven = ({ podCIDRs }: Fleet, { text, path }: Spot): readonly Problem[] => {
  const broken = checkHostBits(text, path)
  if (broken.length > 0) return broken
  const pool = ofFamily(podCIDRs, familyOf(text))
  if (pool === undefined || !isWithin(text, pool)) {
    const message = `${text} is outside of ${podCIDRs.join(' and ')}, the network of all pods`
    return [{ code: 'value', message, path, related: poolPath }]
  }
  if (sizeOf(text) >= fewest) return []
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
  const at = firstPath(node.address, [...path, 'address'])
  return { code: 'value', message, path: at, related: ['cluster', 'nodeCIDR'] }
}

const noRoom = (cluster: Cluster, pool: string, index: bigint, name: string): string => {
  const length = maskSizeOf(cluster, pool)
  const total = Object.keys(cluster.nodes ?? {}).length
  const [who, from] =
    cluster.podCIDRFrom === 'hostNumber'
      ? [`node ${name} is host ${String(index)} of its subnet`, ', from 0']
      : [`there are ${String(total)} nodes`, '']
  return `${who}, and ${pool} has ${String(countSubnets(pool, length))} networks of /${String(length)}${from}`
}

const maskKey = (pool: string): 'nodeCIDRMaskSize' | 'nodeCIDRMaskSizeIPv6' =>
  familyOf(pool) === 'inet' ? 'nodeCIDRMaskSize' : 'nodeCIDRMaskSizeIPv6'

/** Networks of nodes that are larger than that of all pods. */
const checkMasks = (cluster: Cluster): readonly Problem[] =>
  cluster.podCIDRFrom === undefined
    ? []
    : spotsOf(cluster.podCIDR, poolPath)
        .filter(({ text }) => countSubnets(text, maskSizeOf(cluster, text)) === 0n)
        .map(({ text, path }): Problem => {
          const length = String(maskSizeOf(cluster, text))
          const key = maskKey(text)
          return {
            code: 'value',
            message: `${text} has no room for a network of /${length}`,
            path: cluster[key] === undefined ? path : ['cluster', key],
            hint: `${key} is the length of a node's pod network`,
          }
        })

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
      const hint = `a larger podCIDR or ${maskKey(pool)} has more; or write a podCIDR for this node`
      const isHost = cluster.podCIDRFrom === 'hostNumber'
      const at = isHost ? firstPath(node.address, [...path, 'address']) : path
      const part = isHost ? {} : { part: 'key' as const }
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
  const own = cluster.nodes?.[node.name]
  const given = spotsOf(own?.podCIDR, [...node.path, 'podCIDR'])
  const address = firstPath(own?.address, [...node.path, 'address'])
  const from = cluster.podCIDRFrom === 'hostNumber' ? address : node.path
  return node.podCIDRs.map((prefix, index) => ({ prefix, node, path: given[index]?.path ?? from }))
}

const startOf = (prefix: string): bigint => numberOf(withoutLength(prefix))

const lastOf = (prefix: string): bigint => startOf(prefix) + sizeOf(prefix) - 1n

/** Sorted, those that overlap stand beside each other: a thousand nodes are not compared by pairs. */
const checkOverlaps = (fleet: Fleet): readonly Problem[] => {
  const all = fleet.nodes.flatMap((node) => heldBy(fleet, node))
  const sorted = all
    .map((held) => ({ held, start: startOf(held.prefix), family: familyOf(held.prefix) }))
    .sort(
      (a, b) =>
        a.family.localeCompare(b.family) || (a.start < b.start ? -1 : a.start > b.start ? 1 : 0),
    )
  const problems: Problem[] = []
  let widest: (typeof sorted)[number] | undefined
  for (const one of sorted) {
    const isSame = widest?.family === one.family && lastOf(widest.held.prefix) >= one.start
    // Two of one address: that is told.
    const isTold = widest?.held.node.addresses[0] === one.held.node.addresses[0]
    if (widest && isSame && !isTold) problems.push(overlapping(all, widest.held, one.held))
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
    ...checkIndexes(cluster, fleet),
  ]
  return broken.length > 0 ? broken : [...checkOverlaps(fleet), ...checkWaysBack(fleet)]
}

/** What lacks in the cluster is told once, and so is a list that is too long. */
const checkIndexes = (cluster: Cluster, { nodes }: Fleet): readonly Problem[] => {
  const wrong = checkMasks(cluster)
  if (wrong.length > 0) return wrong
  const all = nodes.flatMap((node, position) => checkIndexed(cluster, node, position))
  return cluster.podCIDRFrom === 'position' ? all.slice(0, 1) : unique(all)
}

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
