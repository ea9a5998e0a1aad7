import { canonicalAddress, isAddress } from '../../net/addresses.ts'
import { likeWhom, vxlanOverhead, leastMtu, usualMtu } from '../../net/mtus.ts'
import type { Json, NamespaceName, Resource, Worlds } from '../kind.ts'
import { inside } from '../kind.ts'
import { linkIdentity } from './link.ts'
import type { Link } from './link.ts'
import { portsOf } from './mac.ts'

/** Why a number is not known. */
interface Unknown {
  readonly why: string
}

type Answer = number | Unknown

/** What was asked already, from the first to the last. */
type Trail = readonly string[]

const where = (namespace: NamespaceName): string => inside(namespace) || ' on this node'

/** A device that has the address: one of the file, else one of the node. */
const holderOf = (
  namespace: NamespaceName,
  text: string,
  { desired, observed }: Worlds,
): string | undefined => {
  const start = `${canonicalAddress(text)}/`
  return [desired, observed]
    .flatMap((world) => world.of('address', namespace) as readonly (Resource & Holding)[])
    .find(({ address }) => address.startsWith(start))?.link
}

interface Holding {
  readonly address: string
  readonly link: string
}

/** What a device has that the file says nothing of; once it was said, it goes back to what it was. */
const observedMtu = (key: string, { observed }: Worlds): Json | undefined => {
  const link = observed.find(key) as Link | undefined
  return link?.previous?.['mtu'] ?? link?.attributes['mtu']
}

const lowest = (mtus: readonly number[]): number | undefined =>
  mtus.length === 0 ? undefined : Math.min(...mtus)

/** The ports that a bridge is to have: those of the file, and those that it says nothing of. */
const futurePorts = (bridge: Link, { desired, observed }: Worlds): readonly Link[] => [
  ...portsOf(bridge.namespace, bridge.name, desired),
  ...portsOf(bridge.namespace, bridge.name, observed).filter(
    ({ name }) => desired.find(linkIdentity(bridge.namespace, name)) === undefined,
  ),
]

/**
 * What the kernel gives a bridge that nobody gave one: that of its smallest port (N-33), when all is done. Undefined:
 * it has one of its own, or no ports.
 */
const followedMtu = (bridge: Link, worlds: Worlds, trail: Trail): number | undefined => {
  const { namespace, name } = bridge
  const before = worlds.observed.find(linkIdentity(namespace, name)) as Link | undefined
  const ports = portsOf(namespace, name, worlds.observed)
  const was = lowest(ports.map(({ attributes: { mtu } }) => Number(mtu)))
  if (before && was !== undefined && before.attributes['mtu'] !== was) return undefined
  const mtus = futurePorts(bridge, worlds).map((port) =>
    deviceMtu(namespace, port.name, worlds, trail),
  )
  return lowest(mtus.filter((mtu) => typeof mtu === 'number'))
}

const deviceMtu = (
  namespace: NamespaceName,
  name: string,
  worlds: Worlds,
  trail: Trail,
): Answer => {
  const key = linkIdentity(namespace, name)
  if (trail.includes(key)) return { why: `that of ${name} follows itself` }
  const desired = worlds.desired.find(key) as Link | undefined
  const declared = desired?.attributes['mtu']
  if (desired && declared !== undefined && declared !== null)
    return declaredMtu(desired, declared, worlds, [...trail, key])
  const bridge = [desired, worlds.observed.find(key) as Link | undefined].find(
    (link) => link?.type === 'bridge',
  )
  const mtu = (bridge && followedMtu(bridge, worlds, [...trail, key])) ?? observedMtu(key, worlds)
  if (typeof mtu === 'number') return mtu
  return desired && desired.type !== 'device'
    ? usualMtu
    : { why: `there is no device ${name}${where(namespace)}` }
}

const addressMtu = (
  namespace: NamespaceName,
  address: string,
  worlds: Worlds,
  trail: Trail,
): Answer => {
  const holder = holderOf(namespace, address, worlds)
  return holder === undefined
    ? { why: `no device${where(namespace)} has the address ${address}` }
    : deviceMtu(namespace, holder, worlds, trail)
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

const underlayMtu = ({ namespace, attributes }: Link, worlds: Worlds, trail: Trail): Answer => {
  const [device, local] = [textOf(attributes['device']), textOf(attributes['local'])]
  if (device !== undefined) return deviceMtu(namespace, device, worlds, trail)
  return local === undefined
    ? { why: 'it has neither "device" nor "local"' }
    : addressMtu(namespace, local, worlds, trail)
}

const tunnelMtu = (link: Link, worlds: Worlds, trail: Trail): Answer => {
  const { family, group, local } = link.attributes
  const mtu = underlayMtu(link, worlds, trail)
  const address = textOf(group) ?? textOf(local) ?? (family === 'inet6' ? '::' : undefined)
  return typeof mtu === 'number' ? mtu - vxlanOverhead(address) : mtu
}

const declaredMtu = (link: Link, mtu: Json, worlds: Worlds, trail: Trail): Answer => {
  if (mtu === 'auto') return tunnelMtu(link, worlds, trail)
  const whom = likeWhom(mtu)
  if (whom === undefined) return Number(mtu)
  return isAddress(whom) ? addressMtu('', whom, worlds, trail) : deviceMtu('', whom, worlds, trail)
}

const answerFor = (link: Link, worlds: Worlds): Answer | undefined => {
  const { mtu } = link.attributes
  if (mtu === undefined || mtu === null) return undefined
  return declaredMtu(link, mtu, worlds, [linkIdentity(link.namespace, link.name)])
}

/** The MTU that is declared for a link, as a number: what it follows is looked up. */
export const declaredMtuOf = (link: Link, worlds: Worlds): number | undefined => {
  const answer = answerFor(link, worlds)
  return typeof answer === 'number' ? answer : undefined
}

const most = 65535

const hasIPv6 = ({ namespace, name }: Link, { desired }: Worlds): boolean =>
  (desired.of('address', namespace) as readonly (Resource & Holding)[]).some(
    ({ link, address }) => link === name && address.includes(':'),
  )

/** Why the node cannot give a link the MTU that another device has; undefined: it can. */
export const mtuProblem = (link: Link, worlds: Worlds): string | undefined => {
  const answer = answerFor(link, worlds)
  const { mtu } = link.attributes
  if (answer === undefined || typeof mtu !== 'string') return undefined
  const asked = `"mtu: ${mtu}"`
  if (typeof answer !== 'number') return `${asked} is not known: ${answer.why}`
  if (answer < leastMtu.inet || answer > most)
    return `${asked} is ${answer}, and an mtu is from ${leastMtu.inet} to ${most}`
  return answer < leastMtu.inet6 && hasIPv6(link, worlds)
    ? `${asked} is ${answer}, and the IPv6 address of ${link.name} needs ${leastMtu.inet6} or more`
    : undefined
}
