import { findLeads } from '../iptables/leads.ts'
import type { Lead } from '../iptables/leads.ts'
import type { Firewall } from '../iptables/restore.ts'
import { canonicalAddress, contains, familyOf, withoutLength } from '../net/addresses.ts'
import type { Socket } from '../net/sockets.ts'
import { formatSocket } from '../net/sockets.ts'
import type { WorkerProbe } from '../probes/probe.ts'
import type { Address } from '../resources/address.ts'
import type { Resource } from '../resources/kind.ts'

/** What a check connects to, or is led to by rules: where a stand-in answers for a program. */
export interface Target extends Socket {
  readonly protocol: 'tcp' | 'udp'
  /** The namespace that it is asked from: there is its loopback address. */
  readonly from: string
}

/** What decides where a connection comes to. */
export interface Terrain {
  /** The namespaces that have an address, by the address. */
  readonly places: ReadonlyMap<string, readonly string[]>
  readonly tables: Firewall['tables'] | undefined
  /** What is local to a node: node ports are asked for there, and they are the same on all nodes. */
  readonly nodes: ReadonlySet<string>
}

const isAddress = (one: Resource): one is Address => one.kind === 'address'

/**
 * What a copy has.
 *
 * @param others the addresses of the other nodes of its fleet
 */
export const terrainOf = (
  observed: readonly Resource[],
  firewall: Firewall | undefined,
  others: readonly string[],
): Terrain => {
  const places = new Map<string, string[]>()
  for (const { namespace, address } of observed.filter(isAddress)) {
    const key = withoutLength(address)
    const known = places.get(key) ?? []
    if (!known.includes(namespace)) places.set(key, [...known, namespace])
  }
  const own = [...places].filter(([, all]) => all.includes('')).map(([address]) => address)
  return { places, tables: firewall?.tables, nodes: new Set([...own, ...others]) }
}

const domainPort = 53

/** What a check connects to. */
export const targetOf = (probe: WorkerProbe): Target => {
  const { from } = probe
  if (probe.kind === 'dns')
    return { protocol: 'udp', address: canonicalAddress(probe.server), port: domainPort, from }
  const { address, port, kind } = probe
  return { protocol: kind === 'udp' ? 'udp' : 'tcp', address, port, from }
}

/**
 * Where a connection may come to.
 *
 * @param isForwarded it comes from elsewhere: from a pod, or another node
 */
export const leadsOf = (
  target: Target,
  { tables, nodes }: Terrain,
  isForwarded = target.from !== '',
): readonly Lead[] => {
  const { protocol, address, port } = target
  const packet = { protocol, address, port, isLocal: nodes.has(address) || isLoopback(address) }
  const table = tables?.[familyOf(address)].get('nat')
  return findLeads(table, isForwarded ? 'PREROUTING' : 'OUTPUT', packet)
}

export const isSame = (a: Socket, b: Socket): boolean => formatSocket(a) === formatSocket(b)

const isSocket = (lead: Lead): lead is Socket => typeof lead !== 'string'

/** The same, as what somebody may listen at. */
export const endsOf = (
  target: Target,
  terrain: Terrain,
  isForwarded?: boolean,
): readonly Target[] =>
  leadsOf(target, terrain, isForwarded)
    .filter(isSocket)
    .map((socket) => ({ ...target, ...socket }))

export const isLoopback = (address: string): boolean =>
  address === '::1' || (familyOf(address) === 'inet' && contains('127.0.0.0/8', address))

/** What tells targets apart. */
export const keyOf = ({ protocol, from, ...socket }: Target): string =>
  `${protocol} ${formatSocket(socket)}${isLoopback(socket.address) ? ` in ${from}` : ''}`

/** Where in a copy somebody is to listen, by namespace; not at what is outside of it. */
export const placeTargets = (
  targets: readonly Target[],
  { places }: Terrain,
): ReadonlyMap<string, readonly Target[]> => {
  const found = new Map<string, Map<string, Target>>()
  for (const target of targets) {
    const { address, from } = target
    for (const place of isLoopback(address) ? [from] : (places.get(address) ?? [])) {
      const known = found.get(place) ?? new Map<string, Target>()
      found.set(place, known.set(keyOf(target), target))
    }
  }
  return new Map([...found].map(([place, all]) => [place, [...all.values()]]))
}
