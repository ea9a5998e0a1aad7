import type { NodeFacts } from './nodes.ts'

/** As `cluster.nodes` has it. */
interface WrittenNode {
  readonly address: string | readonly string[]
  readonly podCIDR: string | readonly string[]
}

/** One stands alone. */
const oneOrBoth = (texts: readonly string[]): string | readonly string[] => {
  const [first = ''] = texts
  return texts.length === 1 ? first : texts
}

/** Nodes that others can send to, by their names. One that has no pod network yet will have it later. */
export const writeNodes = (
  nodes: ReadonlyMap<string, NodeFacts>,
  warn: (message: string) => void,
): ReadonlyMap<string, WrittenNode> => {
  const written = new Map<string, WrittenNode>()
  for (const [name, { addresses, podCIDRs }] of [...nodes].toSorted()) {
    if (addresses.length === 0) warn(`node ${name} is left out until it has an InternalIP`)
    else if (podCIDRs.length === 0) warn(`node ${name} is left out until it has a podCIDR`)
    else written.set(name, { address: oneOrBoth(addresses), podCIDR: oneOrBoth(podCIDRs) })
  }
  return written
}
