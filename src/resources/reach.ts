import { contains, familyOf, networkOf } from '../net/addresses.ts'
import type { Address } from './address.ts'
import type { NamespaceName, Resource, World } from './kind.ts'
import { inside } from './kind.ts'

/** A route, as far as it matters here. */
interface Destination extends Resource {
  readonly to: string
}

/** What makes addresses reachable in one namespace: connected subnets, and routes straight to a device. */
interface Reach {
  /** Identity and prefix. */
  readonly prefixes: readonly { readonly identity: string; readonly prefix: string }[]
  readonly answers: Map<string, readonly string[]>
}

const reaches = new WeakMap<World, Map<NamespaceName, Reach>>()

const isDirect = ({ attributes }: Resource): boolean =>
  typeof attributes['device'] === 'string' &&
  typeof attributes['via'] !== 'string' &&
  !Array.isArray(attributes['nexthops'])

const findReach = (namespace: NamespaceName, world: World): Reach => {
  const addresses = (world.of('address', namespace) as readonly Address[]).map((one) => ({
    identity: `address ${one.address} on ${one.link}${inside(namespace)}`,
    prefix: networkOf(one.address),
  }))
  const routes = (world.of('route', namespace) as readonly Destination[])
    .filter(isDirect)
    .map((route) => ({ identity: world.identity(route), prefix: route.to }))
  return { prefixes: [...addresses, ...routes], answers: new Map() }
}

const reachOf = (namespace: NamespaceName, world: World): Reach => {
  const byNamespace = reaches.get(world) ?? new Map<NamespaceName, Reach>()
  reaches.set(world, byNamespace)
  const found = byNamespace.get(namespace) ?? findReach(namespace, world)
  byNamespace.set(namespace, found)
  return found
}

/**
 * The addresses and routes through which a gateway is reached: a gateway has to be on a link, so
 * that routes by way of another gateway do not count (fib_check_nh, net/ipv4/fib_semantics.c).
 */
export const coverings = (
  namespace: NamespaceName,
  gateway: string,
  world: World,
): readonly string[] => {
  const reach = reachOf(namespace, world)
  const known = reach.answers.get(gateway)
  if (known) return known
  const family = familyOf(gateway)
  const answer = reach.prefixes
    .filter(({ prefix }) => familyOf(prefix) === family && contains(prefix, gateway))
    .map(({ identity }) => identity)
  reach.answers.set(gateway, answer)
  return answer
}

/** The address objects whose address is this one. */
export const sourceAddress = (
  namespace: NamespaceName,
  source: string,
  world: World,
): readonly string[] =>
  (world.of('address', namespace) as readonly Address[])
    .filter(({ address }) => address.slice(0, address.lastIndexOf('/')) === source)
    .map(({ address, link }) => `address ${address} on ${link}${inside(namespace)}`)
