import { canonicalAddress, contains, familyOf } from '../../net/addresses.ts'
import { addressAt } from '../../net/subnets.ts'
import { nameFamily } from '../checks/prefixes.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { Pod, WrittenConfig } from '../config.ts'
import type { Path } from '../located.ts'
import { suggest } from '../words.ts'
import { checkFamilies } from './check-pod-cidrs.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { ofFamily } from './fleet.ts'
import { vethOf } from './names.ts'
import { gatewayOf } from './network.ts'
import { isAuto } from './pods.ts'
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

const checkPlace = (
  { namespaces = {} }: WrittenConfig,
  { pod, path, name }: PodEntry,
): readonly Problem[] => {
  const keys = (['namespace', 'pid', 'path'] as const).filter((key) => pod[key] !== undefined)
  const [first = '', second] = keys
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

/** A pod without a node may be of any: it is looked at with each node that its address fits, or the first. */
const checkAddresses = ({ nodes }: Fleet, entry: PodEntry): readonly Problem[] => {
  const { pod, addresses } = entry
  const own = nodes.filter(({ name }) => pod.node === undefined || name === pod.node)
  return addresses.flatMap((spot) => {
    const fits = ({ podCIDRs }: FleetNode): boolean =>
      podCIDRs.some((podCIDR) => contains(podCIDR, spot.text))
    const node = own.find(fits) ?? own[0]
    return node ? checkOn(node, entry, spot) : []
  })
}

/** The pods of a fleet. */
export const checkPods = (config: WrittenConfig, fleet: Fleet): readonly Problem[] => {
  const pods = listPods(config)
  const addresses = pods.flatMap((entry) => entry.addresses.map((spot) => ({ ...spot, entry })))
  const twins = findTwins(addresses, ({ text }) => canonicalAddress(text))
  const placeOf = ({ pod }: PodEntry): string => pod.node ?? ''
  const devices = findTwins(pods, (entry) => `${placeOf(entry)} ${vethOf(entry.name)}`)
  return [
    ...pods.flatMap((entry) => [
      ...unknownNode(fleet, entry),
      ...checkPlace(config, entry),
      ...checkFamilies(entry.addresses, `addresses of pod ${entry.name}`),
      ...checkAddresses(fleet, entry),
    ]),
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

/** Endpoints say what they are in one way, and so that every node knows their address. */
export const checkEndpoints = (config: WrittenConfig): readonly Problem[] => {
  const { services = {}, pods = {}, cluster } = config
  const nodes = cluster?.nodes && Object.keys(cluster.nodes)
  return Object.entries(services).flatMap(([service, { endpoints = [] }]) =>
    endpoints.flatMap((endpoint, index): readonly Problem[] => {
      if (typeof endpoint === 'string') return []
      const path = ['services', service, 'endpoints', index]
      const { address, pod, node } = endpoint
      if ((address === undefined) === (pod === undefined)) {
        const message =
          address === undefined
            ? 'an endpoint needs "address" or "pod"'
            : 'an endpoint has "address" or "pod", not both'
        return [{ code: 'value', message, path: address === undefined ? path : [...path, 'pod'] }]
      }
      if (pod !== undefined) return checkPodEndpoint(pods, { pod, node, path })
      if (node === undefined || !nodes || nodes.includes(node)) return []
      const message = `the cluster has no node ${JSON.stringify(node)}`
      return [{ code: 'reference', message, path: [...path, 'node'], hint: suggest(node, nodes) }]
    }),
  )
}

const checkPodEndpoint = (
  pods: Readonly<Record<string, Pod>>,
  {
    pod: name,
    node,
    path,
  }: { readonly pod: string; readonly node: string | undefined; readonly path: Path },
): readonly Problem[] => {
  const pod = Object.hasOwn(pods, name) ? pods[name] : undefined
  if (!pod) {
    const hint = suggest(name, Object.keys(pods)) ?? 'pods of others are written by their address'
    return [
      {
        code: 'reference',
        message: `there is no pod ${JSON.stringify(name)}`,
        path: [...path, 'pod'],
        hint,
      },
    ]
  }
  if (node !== undefined) {
    const message = `the node of pod ${name} stands at the pod`
    return [
      { code: 'value', message, path: [...path, 'node'], part: 'key', related: ['pods', name] },
    ]
  }
  if (!isAuto(pod) || pod.node === undefined) return []
  return [
    {
      code: 'value',
      message: `node ${pod.node} finds an address for pod ${name} by itself, and no other node knows it`,
      path: [...path, 'pod'],
      hint: 'give the pod an address',
      related: ['pods', name],
    },
  ]
}
