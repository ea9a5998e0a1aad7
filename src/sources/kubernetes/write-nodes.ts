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

type Named = readonly [name: string, facts: NodeFacts]

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byName = ([a]: Named, [b]: Named): number => compare(a, b)

const byAge = ([name, { created }]: Named, [other, { created: since }]: Named): number =>
  compare(created, since) || compare(name, other)

/** What keeps a node from being one that others can send to; undefined: nothing does. */
const findLack = ({ addresses, podCIDRs }: NodeFacts): string | undefined => {
  if (addresses.length === 0) return 'until it has an InternalIP'
  return podCIDRs.length === 0 ? 'until it has a podCIDR' : undefined
}

/**
 * Of those that have an address or a network in common the newer ones, and why: nobody could tell whom to send to. They
 * are left out alone, for a Node that was registered by mistake is no reason to follow none.
 */
const findRivals = (nodes: readonly Named[]): ReadonlyMap<string, string> => {
  const owners = new Map<string, string>()
  const rivals = new Map<string, string>()
  for (const [name, { addresses, podCIDRs }] of nodes.toSorted(byAge)) {
    const own = [
      ...addresses.map((address) => `InternalIP ${address}`),
      ...podCIDRs.map((prefix) => `podCIDR ${prefix}`),
    ]
    const taken = own.find((one) => owners.has(one))
    if (taken === undefined) for (const one of own) owners.set(one, name)
    else rivals.set(name, `: its ${taken} is that of ${owners.get(taken) ?? ''}, which is older`)
  }
  return rivals
}

/** Nodes that others can send to, by their names. One that has no pod network yet will have it later. */
export const writeNodes = (
  nodes: ReadonlyMap<string, NodeFacts>,
  warn: (message: string) => void,
): ReadonlyMap<string, WrittenNode> => {
  const all = [...nodes].toSorted(byName)
  const rivals = findRivals(all.filter(([, facts]) => findLack(facts) === undefined))
  const written = new Map<string, WrittenNode>()
  for (const [name, facts] of all) {
    const lack = findLack(facts)
    const rival = rivals.get(name)
    if (lack !== undefined) warn(`node ${name} is left out ${lack}`)
    else if (rival !== undefined) warn(`node ${name} is left out${rival}`)
    else {
      const { addresses, podCIDRs } = facts
      written.set(name, { address: oneOrBoth(addresses), podCIDR: oneOrBoth(podCIDRs) })
    }
  }
  return written
}
