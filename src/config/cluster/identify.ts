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

/**
 * Which node of the fleet a machine is: what the caller says, else the one whose address it has, else the one
 * that is called as it is. None, or several, is an error, and never a guess.
 */
export const identify = async ({ nodes, cluster }: Fleet, machine: Machine): Promise<Identity> => {
  const { given, hostname } = machine
  const names = nodes.map(({ name }) => name)
  if (!cluster.nodes) return { ok: true, name: given ?? hostname }
  if (given !== undefined) {
    if (names.includes(given)) return { ok: true, name: given }
    const all = `the nodes are ${listNames(names)}`
    const hint = names.length <= few ? all : (suggest(given, names) ?? all)
    return refuse(`the cluster has no node ${JSON.stringify(given)}`, hint)
  }
  const own = new Set((await machine.addresses()).map(canonicalAddress))
  const found = nodes.filter(({ addresses }) => addresses.some((address) => own.has(address)))
  const [first, ...others] = found.map(({ name }) => name)
  if (first !== undefined && others.length === 0) return { ok: true, name: first }
  const hint = 'say which node this is by --node or NODE_NAME'
  if (first !== undefined) {
    return refuse(
      `this machine has the addresses of several nodes: ${listNames([first, ...others])}`,
      hint,
    )
  }
  if (names.includes(hostname)) return { ok: true, name: hostname }
  return refuse(
    `this machine is no node of the cluster: it has the address of none, and none is called ${JSON.stringify(hostname)}`,
    hint,
  )
}
