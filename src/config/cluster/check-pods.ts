import { canonicalAddress, contains, familyOf } from '../../net/addresses.ts'
import { addressAt } from '../../net/subnets.ts'
import { nameFamily } from '../checks/prefixes.ts'
import { addressesOf } from '../checks/addresses.ts'
import { findTwins, listLinks, type Problem } from '../checks/topology.ts'
import type { Pod, WrittenConfig } from '../config.ts'
import type { Path } from '../located.ts'
import { suggest } from '../words.ts'
import { checkFamilies } from './check-pools.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { ofFamily } from './fleet.ts'
import { vethOf } from './names.ts'
import { gatewayOf } from './network.ts'
import { nodeOfPod } from './pods.ts'
import { spotsOf, type Spot } from './spots.ts'

interface PodEntry {
  readonly name: string
  readonly pod: Pod
  readonly path: Path
  readonly addresses: readonly Spot[]
}

const listPods = ({ pods = {} }: WrittenConfig): readonly PodEntry[] =>
  Object.entries(pods).map(([name, pod]) => {
    const path = ['pods', name]
    const { address = 'auto' } = pod
    return {
      name,
      pod,
      path,
      addresses: address === 'auto' ? [] : spotsOf(address, [...path, 'address']),
    }
  })

const unknownNode = (
  { nodes, cluster }: Fleet,
  { pod, path, name }: PodEntry,
): readonly Problem[] => {
  const names = nodes.map((node) => node.name)
  if (pod.node === undefined || names.includes(pod.node)) return []
  const message = cluster.nodes
    ? `the cluster has no node ${JSON.stringify(pod.node)}, which pod ${name} is to be on`
    : `pod ${name} is to be on node ${JSON.stringify(pod.node)}, and the cluster lists no nodes`
  return [{ code: 'reference', message, path: [...path, 'node'], hint: suggest(pod.node, names) }]
}

/** What says where its namespace is. */
const placesOf = ({ pod }: PodEntry): readonly ('namespace' | 'pid' | 'path')[] =>
  (['namespace', 'pid', 'path'] as const).filter((key) => pod[key] !== undefined)

const checkPlace = ({ namespaces = {} }: WrittenConfig, entry: PodEntry): readonly Problem[] => {
  const { pod, path, name } = entry
  const [first = '', second] = placesOf(entry)
  if (second !== undefined) {
    const message = `pod ${name} has both "${first}" and "${second}"`
    return [
      {
        code: 'value',
        message,
        path: [...path, second],
        part: 'key',
        hint: 'its namespace is one of them',
        related: [...path, first],
      },
    ]
  }
  if (pod.namespace === undefined || Object.hasOwn(namespaces, pod.namespace)) return []
  const hint =
    suggest(pod.namespace, Object.keys(namespaces)) ??
    'declare it under "namespaces"; without "namespace", one is made under the name of the pod'
  const message = `there is no namespace ${JSON.stringify(pod.namespace)}`
  return [{ code: 'reference', message, path: [...path, 'namespace'], hint }]
}

const standing = (podCIDR: string, address: string): string | undefined => {
  if (address === addressAt(podCIDR, 0n)) return 'the address of the network itself'
  if (address === gatewayOf(podCIDR)) return "the gateway's, on the bridge"
  const isLast = familyOf(podCIDR) === 'inet' && address === addressAt(podCIDR, -1n)
  return isLast ? 'the broadcast address' : undefined
}

const checkOn = (node: FleetNode, { name }: PodEntry, { text, path }: Spot): readonly Problem[] => {
  const address = canonicalAddress(text)
  const podCIDR = ofFamily(node.podCIDRs, familyOf(text))
  if (podCIDR === undefined) {
    const message = `${address} of pod ${name} is ${nameFamily(familyOf(text))}, and node ${node.name} has no such pod network`
    return [{ code: 'value', message, path, related: node.path }]
  }
  if (!contains(podCIDR, address)) {
    const message = `${address} of pod ${name} is outside of ${podCIDR}, the pods of node ${node.name}`
    return [{ code: 'value', message, path, related: node.path }]
  }
  const what = standing(podCIDR, address)
  const message = `${address} of pod ${name} is ${what ?? ''}`
  return what === undefined ? [] : [{ code: 'value', message, path, related: node.path }]
}

/** Without a node, a pod is on the one whose pods its first address is of. */
const checkAddresses = (fleet: Fleet, entry: PodEntry): readonly Problem[] => {
  const { pod, addresses, name } = entry
  const [first] = addresses
  if (!first) return []
  const { nodes, cluster } = fleet
  const of = cluster.nodes ? nodeOfPod(fleet, pod) : nodes[0]?.name
  const node = nodes.find((one) => one.name === of)
  if (node) return addresses.flatMap((spot) => checkOn(node, entry, spot))
  if (of !== undefined) return []
  const message = `${canonicalAddress(first.text)} of pod ${name} is in the pod network of no node`
  return [{ code: 'value', message, path: first.path }]
}

/** A pod has a namespace of its own: a second one would have its device and its default route. */
const checkShared = (fleet: Fleet, pods: readonly PodEntry[]): readonly Problem[] => {
  const placeOf = ({ name, pod }: PodEntry): string => {
    const { pid, path, namespace = name } = pod
    return JSON.stringify([nodeOfPod(fleet, pod), pid ?? path ?? namespace])
  }
  const placed = pods.filter((entry) => placesOf(entry).length < 2)
  return findTwins(placed, placeOf).map(([entry, first]) => {
    const { name, path } = entry
    const [key] = placesOf(entry)
    return {
      code: 'duplicate',
      message: `pods ${first.name} and ${name} are in one namespace: a pod has one of its own`,
      path: key === undefined ? path : [...path, key],
      related: first.path,
    }
  })
}

/** Addresses that a link of the file has, in whatever namespace. */
const checkTaken = (config: WrittenConfig, pods: readonly PodEntry[]): readonly Problem[] => {
  const taken = new Map(
    listLinks(config)
      .flatMap(addressesOf)
      .map((one) => [one.address, one]),
  )
  return pods.flatMap(({ name, addresses }) =>
    addresses.flatMap(({ text, path }): readonly Problem[] => {
      const other = taken.get(canonicalAddress(text))
      if (!other) return []
      const message = `${other.address} of pod ${name} is an address of ${other.link.title}`
      return [{ code: 'duplicate', message, path, related: other.path }]
    }),
  )
}

/** The pods of a fleet. */
export const checkPods = (config: WrittenConfig, fleet: Fleet): readonly Problem[] => {
  const pods = listPods(config)
  const addresses = pods.flatMap((entry) => entry.addresses.map((spot) => ({ ...spot, entry })))
  const twins = findTwins(addresses, ({ text }) => canonicalAddress(text))
  const devices = findTwins(
    pods,
    ({ name, pod }) => `${nodeOfPod(fleet, pod) ?? ''} ${vethOf(name)}`,
  )
  return [
    ...pods.flatMap((entry) => [
      ...unknownNode(fleet, entry),
      ...checkPlace(config, entry),
      ...checkFamilies(entry.addresses, `addresses of pod ${entry.name}`),
      ...checkAddresses(fleet, entry),
    ]),
    ...checkTaken(config, pods),
    ...checkShared(fleet, pods),
    ...twins.map(([{ text, path, entry }, first]): Problem => ({
      code: 'duplicate',
      message: `${canonicalAddress(text)} is the address of pods ${first.entry.name} and ${entry.name}`,
      path,
      related: first.path,
    })),
    ...devices.map(([{ name, path }, first]): Problem => ({
      code: 'duplicate',
      message: `pods ${first.name} and ${name} would have one device, ${vethOf(name)}: give one of them another name`,
      path,
      part: 'key',
      related: first.path,
    })),
  ]
}
