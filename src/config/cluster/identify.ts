import { canonicalAddress } from '../../net/addresses.ts'
import type { Problem } from '../checks/topology.ts'
import { suggest } from '../words.ts'
import type { Fleet } from './fleet.ts'

/** What tells which node of a fleet a machine is. */
export interface Machine {
  /** What the caller says. */
  readonly given: string | undefined
  readonly hostname: string
  /** The addresses that it has, in its own namespace, without lengths. */
  addresses(): Promise<readonly string[]>
}

type Identity =
  { readonly ok: true; readonly name: string } | { readonly ok: false; readonly problem: Problem }

const refuse = (message: string, hint: string): Identity => ({
  ok: false,
  problem: { code: 'node', message, path: ['cluster', 'nodes'], part: 'key', hint },
})

/** Names that are listed at most. */
const few = 8

const listNames = (names: readonly string[]): string => {
  const rest = names.length > few ? ` and ${String(names.length - few)} more` : ''
  return `${names.slice(0, few).join(', ')}${rest}`
}

/** The node that is asked for: not one that another machine is. */
const identifyGiven = (
  given: string,
  names: readonly string[],
  found: readonly string[],
): Identity => {
  if (!names.includes(given)) {
    const all = `the nodes are ${listNames(names)}`
    const hint = names.length <= few ? all : (suggest(given, names) ?? all)
    return refuse(`the cluster has no node ${JSON.stringify(given)}`, hint)
  }
  if (found.length === 0 || found.includes(given)) return { ok: true, name: given }
  const message = `this is to be node ${given}, and has the address of node ${listNames(found)}`
  return refuse(message, 'what is for the one would be done on the other')
}

/**
 * Which node of the fleet a machine is: what the caller says, else the one whose address it has, else the one
 * that is called as it is. None, or several, is an error, and never a guess.
 */
export const identify = async ({ nodes, cluster }: Fleet, machine: Machine): Promise<Identity> => {
  const { given, hostname } = machine
  if (!cluster.nodes) return { ok: true, name: given ?? hostname }
  const names = nodes.map(({ name }) => name)
  const own = new Set((await machine.addresses()).map(canonicalAddress))
  const found = nodes
    .filter(({ addresses }) => addresses.some((address) => own.has(address)))
    .map(({ name }) => name)
  if (given !== undefined) return identifyGiven(given, names, found)
  const [first = hostname, ...others] = found
  const hint = 'say which node this is by --node or NODE_NAME'
  if (others.length > 0) {
    return refuse(`this machine has the addresses of several nodes: ${listNames(found)}`, hint)
  }
  if (names.includes(first)) return { ok: true, name: first }
  const why = `it has the address of none, and none is called ${JSON.stringify(hostname)}`
  return refuse(`this machine is no node of the cluster: ${why}`, hint)
}
