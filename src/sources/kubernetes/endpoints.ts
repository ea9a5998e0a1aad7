import { canonicalAddress, familyOf, isAddress } from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import type { Endpoint } from '../../config/config.ts'
import { specialKind } from '../../config/checks/service-addresses.ts'
import type { PortFacts } from './service-facts.ts'
import type { EndpointFacts, SliceFacts } from './slices.ts'

/** What endpoints of a service are chosen by. */
export interface Choice {
  readonly families: ReadonlySet<Family>
  /** Whether a node is one of ours, to be named. */
  isNode(name: string): boolean
  /** Whether a service has the address: then no endpoint does. */
  isTaken(address: string): boolean
}

/** Where a port of a service leads to. */
export interface Targets {
  readonly targetPort: number | undefined
  readonly endpoints: readonly Endpoint[]
  /** Endpoints that are left out, for they have it on another port. */
  readonly others: number
}

interface Found {
  readonly port: number
  readonly endpoint: EndpointFacts
}

/** New connections first: an endpoint that moves to another slice is in both for a while. */
const isBetter = (one: EndpointFacts, other: EndpointFacts): boolean =>
  one.ready && !one.terminating && (!other.ready || other.terminating)

const collect = (
  { name, protocol }: PortFacts,
  slices: readonly SliceFacts[],
  { families, isTaken }: Choice,
): readonly Found[] => {
  const found = new Map<string, Found>()
  for (const { ports, endpoints } of slices) {
    const port = ports.find((one) => one.name === name && one.protocol === protocol)?.port
    if (port === undefined) continue
    for (const endpoint of endpoints) {
      if (!isAddress(endpoint.address) || !families.has(familyOf(endpoint.address))) continue
      const address = canonicalAddress(endpoint.address)
      if (specialKind(address) !== undefined || isTaken(address)) continue
      const key = `${address} ${String(port)}`
      const before = found.get(key)
      if (!before || isBetter(endpoint, before.endpoint))
        found.set(key, { port, endpoint: { ...endpoint, address } })
    }
  }
  return [...found.values()]
}

/** The port that most have it on; of several the lowest. */
const commonPort = (found: readonly Found[]): number | undefined => {
  const counts = new Map<number, number>()
  for (const { port } of found) counts.set(port, (counts.get(port) ?? 0) + 1)
  const [most] = [...counts].sort(([a, many], [b, more]) => more - many || a - b)
  return most?.[0]
}

const write = (
  { address, node, ready, serving, terminating }: EndpointFacts,
  { isNode }: Choice,
): Endpoint => {
  const at = node !== undefined && isNode(node) ? { node } : {}
  if (terminating) return { address, ...at, ...(ready ? { ready } : {}), serving, terminating }
  if (!ready) return { address, ...at, ready }
  return 'node' in at ? { address, ...at } : address
}

const compare = (a: Found, b: Found): number =>
  a.endpoint.address < b.endpoint.address ? -1 : a.endpoint.address > b.endpoint.address ? 1 : 0

/** Where a port leads to, as all slices of its service say together. */
export const targetsOf = (
  port: PortFacts,
  slices: readonly SliceFacts[],
  choice: Choice,
): Targets => {
  const found = collect(port, slices, choice)
  const common = commonPort(found)
  const used = found.filter((one) => one.port === common)
  return {
    targetPort: common ?? port.targetPort,
    endpoints: used.toSorted(compare).map(({ endpoint }) => write(endpoint, choice)),
    others: found.length - used.length,
  }
}
