import { canonicalAddress, familyOf, isAddress, isPrefix, networkOf } from '../../net/addresses.ts'
import type { ApiObject, Resource } from './resource.ts'

interface Node extends ApiObject {
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] }
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

/** What others have to know of a node. Where it has not all of it, it is no part of the network yet. */
export interface NodeFacts {
  /** At most one of each family. */
  readonly addresses: readonly string[]
  readonly podCIDRs: readonly string[]
  /** When the server first had it: `2024-05-01T10:00:00Z`. */
  readonly created: string
}

const families = ['inet', 'inet6'] as const

const oneOfEach = (texts: readonly string[]): readonly string[] =>
  families.flatMap((family) => texts.find((text) => familyOf(text) === family) ?? [])

/** Those that kube-router goes by, then those that the controller of nodes gave it. */
const podCIDRsOf = ({ metadata: { annotations = {} }, spec = {} }: Node): readonly string[] => {
  const one = annotations['kube-router.io/pod-cidr']
  const several = annotations['kube-router.io/pod-cidrs']
  if (one !== undefined) return [one]
  if (several !== undefined) return several.split(',')
  return spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR])
}

const project = (object: ApiObject): NodeFacts => {
  const node = object as Node
  const addresses = (node.status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => address)
  const podCIDRs = podCIDRsOf(node).map((text) => text.trim())
  return {
    addresses: oneOfEach(addresses.filter(isAddress).map(canonicalAddress)),
    podCIDRs: oneOfEach(podCIDRs.filter(isPrefix).map(networkOf)),
    created: node.metadata.creationTimestamp ?? '',
  }
}

/** A Node that is not ready is one all the same: its pods may be, and the way to them stays. */
export const nodes: Resource<NodeFacts> = {
  name: 'nodes',
  find: () => Promise.resolve('/api/v1/nodes'),
  project,
}
