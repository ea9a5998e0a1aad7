import { canonicalAddress, contains, familyOf } from '../../net/addresses.ts'
import type { Pod, WrittenConfig } from '../config.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { listOf, ofFamily } from './fleet.ts'
import { vethOf } from './names.ts'
import { gatewayOf, onLinkLength, podMtu } from './network.ts'
import type { Piece } from './piece.ts'

/** A pod of a node. */
export interface PodHere {
  readonly name: string
  readonly pod: Pod
  /** The namespace that it is in, as `namespaces` has it. */
  readonly namespace: string
  /** What its device is called there. */
  readonly device: string
}

/** The addresses of pods that the file leaves to the node, by the pod's name. */
export type Assigned = ReadonlyMap<string, readonly string[]>

/**
 * The node that a pod is on: where it does not say so, the one whose pods its address is of. Undefined: this one,
 * whichever it is.
 */
export const nodeOfPod = ({ nodes, cluster }: Fleet, pod: Pod): string | undefined => {
  if (pod.node !== undefined || !cluster.nodes) return pod.node
  const [address] = givenAddresses(pod)
  if (address === undefined) return undefined
  return nodes.find(({ podCIDRs }) => podCIDRs.some((prefix) => contains(prefix, address)))?.name
}

/** The pods of a node, by name: whatever their order in the file. */
export const podsOf = (
  { pods = {} }: WrittenConfig,
  fleet: Fleet,
  node: FleetNode,
): readonly PodHere[] =>
  Object.entries(pods)
    .filter(([, pod]) => (nodeOfPod(fleet, pod) ?? node.name) === node.name)
    .map(([name, pod]) => ({
      name,
      pod,
      namespace: pod.namespace ?? name,
      device: pod.interface ?? 'eth0',
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

/** Whether its address is for the node to find. */
export const isAuto = ({ address = 'auto' }: Pod): boolean => address === 'auto'

/** The addresses that the file gives a pod. */
export const givenAddresses = ({ address = 'auto' }: Pod): readonly string[] =>
  address === 'auto' ? [] : listOf(address).map(canonicalAddress)

const namespaceOf = ({ name, pod, namespace }: PodHere): readonly Piece[] => {
  if (pod.namespace !== undefined) return []
  const { pid, path } = pod
  return [{ path: ['namespaces', namespace], value: { pid, path }, origin: ['pods', name] }]
}

const vethPiece = (
  fleet: Fleet,
  node: FleetNode,
  { name, namespace, device }: PodHere,
  addresses: readonly string[],
): Piece => {
  const prefixOf = (address: string): string => ofFamily(node.podCIDRs, familyOf(address)) ?? ''
  const mtu = podMtu(fleet, node)
  const peer = {
    name: device,
    namespace,
    mtu,
    addresses: addresses.map(
      (address) => `${address}/${String(onLinkLength(fleet, prefixOf(address)))}`,
    ),
    routes: addresses.map((address) => ({
      to: familyOf(address) === 'inet' ? 'default' : '::/0',
      via: gatewayOf(prefixOf(address)),
    })),
  }
  return {
    path: ['veths', vethOf(name)],
    value: { bridge: fleet.bridge, hairpin: true, mtu, peer },
    origin: ['pods', name],
  }
}

/** The pods of a node. */
export const podPieces = (
  config: WrittenConfig,
  fleet: Fleet,
  node: FleetNode,
  assigned: Assigned,
): readonly Piece[] =>
  podsOf(config, fleet, node).flatMap((here) => {
    const addresses = isAuto(here.pod) ? (assigned.get(here.name) ?? []) : givenAddresses(here.pod)
    return [...namespaceOf(here), vethPiece(fleet, node, here, addresses)]
  })
