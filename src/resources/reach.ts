import { networkOf, within } from '../net/addresses.ts'
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
  readonly length: number
  readonly device: string
  readonly covers: (address: string) => boolean
}

/** What makes addresses reachable in one namespace: connected subnets, and routes straight to a device. */
interface Reach {
  readonly prefixes: readonly Prefix[]
  readonly answers: Map<string, readonly string[]>
}

const reaches = new WeakMap<World, Map<NamespaceName, Reach>>()

const isDirect = ({ attributes }: Resource): boolean =>
  typeof attributes['device'] === 'string' &&
  typeof attributes['via'] !== 'string' &&
  !Array.isArray(attributes['nexthops'])

const prefixOf = (identity: string, prefix: string, device: string): Prefix => ({
  identity,
  device,
  length: Number(prefix.slice(prefix.indexOf('/') + 1)),
  covers: within(prefix),
})

const findReach = (namespace: NamespaceName, world: World): Reach => {
  const addresses = (world.of('address', namespace) as readonly Address[]).map((one) =>
    prefixOf(
      `address ${one.address} on ${one.link}${inside(namespace)}`,
      networkOf(one.address),
      one.link,
    ),
  )
  const routes = (world.of('route', namespace) as readonly Destination[])
    .filter(isDirect)
    .map((route) => prefixOf(world.identity(route), route.to, route.attributes['device'] as string))
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
  prefixes.filter(({ covers }) => covers(gateway))

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
  const longest = Math.max(...ours.map(({ length }) => length))
  const devices = new Set(ours.filter(({ length }) => length === longest).map((one) => one.device))
  const [device] = devices
  if (devices.size !== 1) return undefined
  // A link that is not in the file, or not ours, keeps what it has.
  const stays = ({ device: other }: Prefix): boolean =>
    desired.find(linkIdentity(namespace, other))?.mark === undefined
  const mayServe = (one: Prefix): boolean =>
    one.device !== device && one.length >= longest && stays(one) && one.covers(gateway)
  return reachOf(namespace, observed).prefixes.some(mayServe) ? undefined : device
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
