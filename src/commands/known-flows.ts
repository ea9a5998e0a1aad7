import { listFlows, parseFlows } from '../kernel/flows.ts'
import type { Steady } from '../kernel/testimony.ts'
import type { Family } from '../net/addresses.ts'
import type { Flows } from '../resources/flow.ts'
import type { Resource } from '../resources/kind.ts'
import type { Served } from '../resources/served.ts'
import { findStale } from '../resources/stale-flows.ts'

/** Where the UDP ports of services lead, in JSON. */
interface KnownServed {
  readonly addresses: readonly (readonly [socket: string, endpoints: readonly string[]])[]
  readonly ports: readonly (readonly [port: number, endpoints: readonly string[]])[]
  readonly networks: readonly string[]
}

/** By family; none where no services are wanted. */
export type KnownFlows = Readonly<Partial<Record<Family, KnownServed>>>

const pack = ({ addresses, ports, networks }: Served): KnownServed => ({
  addresses: [...addresses].map(([socket, endpoints]) => [socket, [...endpoints]]),
  ports: [...ports].map(([port, endpoints]) => [port, [...endpoints]]),
  networks,
})

const unpack = ({ addresses, ports, networks }: KnownServed): Served => ({
  addresses: new Map(addresses.map(([socket, endpoints]) => [socket, new Set(endpoints)])),
  ports: new Map(ports.map(([port, endpoints]) => [port, new Set(endpoints)])),
  networks,
})

const isFlows = (resource: Resource): resource is Flows => resource.kind === 'flow'

/** What is wanted of flows. */
export const knownFlowsOf = (desired: readonly Resource[]): KnownFlows =>
  Object.fromEntries(
    desired
      .filter(isFlows)
      .flatMap(({ family, served }) => (served ? [[family, pack(served)] as const] : [])),
  )

const families = ['inet', 'inet6'] as const

/**
 * Flows come and go all the time; where rules and wishes agree a plan is about those alone that lead nowhere. An
 * address is taken for one of the node: one flow too many leads to a plan, and not to a wrong one.
 */
export const steadyFlows =
  (known: KnownFlows): Steady =>
  (output) => {
    const { argv, code, stdout } = output
    const family = families.find((one) => listFlows(one).join(' ') === argv.join(' '))
    const packed = family && known[family]
    if (!packed || code !== 0 || stdout === undefined) return output
    const served = unpack(packed)
    const stale = findStale(parseFlows(stdout), served, served, () => true)
    return { ...output, stdout: stale.join('\n') }
  }
