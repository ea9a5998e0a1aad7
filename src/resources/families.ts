import { leastMtu } from '../net/mtus.ts'
import { familyOf } from '../net/addresses.ts'
import type { Aftermath, NamespaceName, Resource, World } from './kind.ts'
import { linkIdentity } from './link/link.ts'
import { sysctlIdentity } from './sysctl.ts'

/**
 * Whether a link loses IPv4, with its routes and neighbours: with its last address (N-59;
 * fib_disable_ip, net/ipv4/fib_frontend.c).
 */
export const losesIPv4 = (
  namespace: NamespaceName,
  link: string,
  { gone, observed }: Aftermath,
): boolean => {
  const addresses = addressesOn(namespace, link, observed)
  return addresses.length > 0 && addresses.every(gone)
}

const known = new WeakMap<World, Map<string, readonly string[]>>()

/** The identities of a link's IPv4 addresses, once for all the routes over it. */
const addressesOn = (namespace: NamespaceName, link: string, world: World): readonly string[] => {
  const links = known.get(world) ?? new Map<string, readonly string[]>()
  known.set(world, links)
  const key = linkIdentity(namespace, link)
  const there = links.get(key)
  if (there) return there
  const addresses = (world.of('address', namespace) as readonly OnLink[])
    .filter((one) => one.link === link && familyOf(one.address) === 'inet')
    .map((one) => world.identity(one))
  links.set(key, addresses)
  return addresses
}

interface OnLink extends Resource {
  readonly link: string
  readonly address: string
}

/** Whether a link loses IPv6, with addresses, routes and neighbours: too small (N-28), or disabled (N-60c). */
export const losesIPv6 = (
  namespace: NamespaceName,
  link: string,
  { changed }: Aftermath,
): boolean => {
  const mtu = changed(linkIdentity(namespace, link), 'mtu')
  if (mtu && Number(mtu.after) < leastMtu.inet6) return true
  return ['all', link].some((device) => {
    const path = `net/ipv6/conf/${device}/disable_ipv6`
    return changed(sysctlIdentity(namespace, path), 'value')?.after === '1'
  })
}
