import type { Location } from '../config/diagnostics.ts'
import type { Family } from '../net/addresses.ts'
import { rulesOf } from '../resources/chain.ts'
import type { Chain } from '../resources/chain.ts'
import type { Resource } from '../resources/kind.ts'

/** A way into a service of the file: an address with a port, or a port of the node. */
export interface Frontend {
  readonly family: Family
  readonly protocol: string
  readonly port: number
  /** Undefined: any of the node's own. */
  readonly address: string | undefined
  /** The chain that it leads to. */
  readonly target: string
  readonly source: Location | undefined
}

export const chainsIn = (desired: readonly Resource[]): readonly Chain[] =>
  desired.filter((one): one is Chain => one.kind === 'chain')

const dispatch = /^NP\d+-(?:VIPS|NODEPORTS|REFUSE-PORTS|[TN]-.*)$/

const leaf = /^(?:-d (\S+)\/\d+ )?-p (\S+) -m \S+ --dport (\d+) (?:-g|-j) (\S+)$/

const isRefused = (target: string): boolean => target === 'DROP' || target.endsWith('-REJECT')

/** The chains by which packets find a service; those of refused node ports come last. */
const dispatchChains = (chains: readonly Chain[]): readonly Chain[] => {
  const found = chains.filter(({ chain }) => dispatch.test(chain))
  const [nat, filter] = ['nat', 'filter'].map((name) => found.filter(({ table }) => table === name))
  return [...(nat ?? []), ...(filter ?? [])]
}

const findFrontends = (desired: readonly Resource[]): readonly Frontend[] => {
  const chains = chainsIn(desired)
  // The names of a service's chains are of one family alone.
  const sources = new Map(chains.map(({ chain, source }) => [chain, source]))
  const served = new Set<string>()
  const found: Frontend[] = []
  for (const { family, source, table, ...chain } of dispatchChains(chains)) {
    for (const rule of rulesOf(chain)) {
      const [, address, protocol = '', port, target] = leaf.exec(rule) ?? []
      if (target === undefined) continue
      const place = { family, protocol, port: Number(port), address }
      const node = address === undefined ? `${family} ${protocol} ${String(port)}` : undefined
      if (node !== undefined && table === 'filter' && served.has(node)) continue
      if (node !== undefined) served.add(node)
      found.push({ ...place, target, source: isRefused(target) ? source : sources.get(target) })
    }
  }
  return found
}

const kept = new WeakMap<readonly Resource[], readonly Frontend[]>()

/**
 * The ways in, each once; those that are refused, for want of an endpoint, of node ports alone. Several
 * lints want them, and there are many.
 */
export const frontendsIn = (desired: readonly Resource[]): readonly Frontend[] => {
  const found = kept.get(desired) ?? findFrontends(desired)
  kept.set(desired, found)
  return found
}

/** Whether nothing but refusals is behind it. */
export const isServed = ({ target }: Frontend): boolean => !isRefused(target)

export const socketText = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`

/** "10.96.0.10:80/tcp", "node port 30080/tcp" */
export const nameOf = ({ address, port, protocol }: Frontend): string =>
  address === undefined
    ? `node port ${String(port)}/${protocol}`
    : `${socketText(address, port)}/${protocol}`
