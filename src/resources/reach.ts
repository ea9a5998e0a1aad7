import { contains, familyOf, networkOf } from '../net/addresses.ts'
import type { Address } from './address.ts'
import type { NamespaceName, Resource, World, Worlds } from './kind.ts'
import { inside } from './kind.ts'
import { linkIdentity } from './link/link.ts'

/** A route, as far as it matters here. */
interface Destination extends Resource {
  readonly to: string
}

interface Prefix {
  readonly identity: string
  readonly prefix: string
  readonly device: string
}

/** What makes addresses reachable in one namespace: connected subnets, and routes straight to a device. */
interface Reach {
  /** Identity and prefix. */
  readonly prefixes: readonly Prefix[]
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
    device: one.link,
  }))
  const routes = (world.of('route', namespace) as readonly Destination[])
    .filter(isDirect)
    .map((route) => ({
      identity: world.identity(route),
      prefix: route.to,
      device: route.attributes['device'] as string,
    }))
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
  const answer = prefixesTowards(gateway, reach).map(({ identity }) => identity)
  reach.answers.set(gateway, answer)
  return answer
}

const prefixesTowards = (gateway: string, { prefixes }: Reach): readonly Prefix[] =>
  prefixes.filter(
    ({ prefix }) => familyOf(prefix) === familyOf(gateway) && contains(prefix, gateway),
  )

const lengthOf = ({ prefix }: Prefix): number => Number(prefix.slice(prefix.indexOf('/') + 1))

/**
 * The device by which the desired addresses and routes reach a gateway: that of the longest prefix,
 * as the kernel chooses. undefined where that cannot be told, or where something that is there
 * beside them may reach it too.
 */
export const deviceTowards = (
  namespace: NamespaceName,
  gateway: string,
  { desired, observed }: Worlds,
): string | undefined => {
  const ours = prefixesTowards(gateway, reachOf(namespace, desired))
  const longest = Math.max(...ours.map(lengthOf))
  const devices = new Set(ours.filter((one) => lengthOf(one) === longest).map((one) => one.device))
  const [device] = devices
  // A link that is not in the file, or not ours, keeps what it has.
  const stays = ({ device: other }: Prefix): boolean =>
    desired.find(linkIdentity(namespace, other))?.mark === undefined
  const others = prefixesTowards(gateway, reachOf(namespace, observed)).filter(
    (one) => one.device !== device && stays(one) && lengthOf(one) >= longest,
  )
  return devices.size === 1 && others.length === 0 ? device : undefined
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
