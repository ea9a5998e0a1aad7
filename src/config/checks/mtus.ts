import {
  familyOf,
  isAddress,
  isLinkLocal,
  isMulticast,
  isUnspecified,
} from '../../net/addresses.ts'
import { likeWhom, leastMtu } from '../../net/mtus.ts'
import { listAddresses } from './addresses.ts'
import { checkDevice } from './devices.ts'
import { followedBy, numberOf, sizeOf, type Followed } from './sizes.ts'
import type { Check, Link, Problem, Topology } from './topology.ts'

/** Devices that `mtu: like NAME` follows, and that have none that anybody knows beforehand. */
export const checkFollowed: Check = (topology) =>
  topology.links.flatMap((link): readonly Problem[] => {
    const whom = likeWhom(link.data.mtu)
    if (whom === undefined) return []
    const path = [...link.path, 'mtu']
    const problems = isAddress(whom)
      ? checkFollowedAddress(whom, path)
      : checkDevice(topology, '', whom, path)
    return problems.length > 0 ? problems : checkFixed(followedBy(topology, link), path)
  })

const checkFollowedAddress = (address: string, path: Problem['path']): readonly Problem[] => {
  const kind = isMulticast(address)
    ? 'a multicast address'
    : isUnspecified(address)
      ? 'the unspecified address'
      : isLinkLocal(address)
        ? 'a link-local address, which several devices may have'
        : undefined
  if (kind === undefined) return []
  const message = `${address} is ${kind}: it says no device`
  return [{ code: 'value', message, path, hint: 'name the device' }]
}

/** A bridge has the MTU of its smallest port, and a tunnel what the kernel made of it, unless it says one. */
const checkFixed = (followed: Followed | undefined, path: Problem['path']): readonly Problem[] => {
  if (followed === undefined || typeof followed === 'string') return []
  const { kind, title, data } = followed
  if (data.mtu !== undefined || (kind !== 'bridge' && kind !== 'vxlan')) return []
  const message = `${title} has no "mtu" of its own to follow`
  const hint = kind === 'vxlan' ? 'give it one, as "mtu: auto"' : 'give it one'
  return [{ code: 'value', message, path, hint, related: followed.path }]
}

/** `auto` is less than what the device below has: without one there is nothing to follow. */
export const checkAutoMtus: Check = ({ links }) =>
  links
    .filter(({ data: { mtu, device, local } }) => mtu === 'auto' && (device ?? local) === undefined)
    .map(({ title, path }) => ({
      code: 'value',
      message: `${title} has "mtu: auto" without "device" or "local"`,
      path: [...path, 'mtu'],
      hint: 'the device below says it: name it with "device", or its address with "local"',
    }))

/** The kernel takes IPv6 away from a link with an MTU below 1280. */
export const checkIPv6Mtu: Check = (topology) =>
  listAddresses(topology).flatMap(({ link, address, path }): readonly Problem[] => {
    const mtu = numberOf(sizeOf(topology, link))
    if (familyOf(address) === 'inet' || mtu === undefined || mtu >= leastMtu.inet6) return []
    const message = `an IPv6 address on ${link.title}, whose mtu is ${mtu}`
    const hint = `IPv6 needs an mtu of ${leastMtu.inet6} or more`
    return [{ code: 'value', message, path, hint, related: [...link.path, 'mtu'] }]
  })

/** Links that follow each other around, each circle once. */
export const checkCircles: Check = (topology) => {
  const { links } = topology
  return links.flatMap((link, index): readonly Problem[] => {
    const circle = circleOf(topology, link)
    if (circle.some((one) => links.indexOf(one) < index)) return []
    const [, next] = circle
    if (circle.length === 0) return []
    const path = [...link.path, 'mtu']
    const names = [...circle.slice(1), link].map(({ name }) => name)
    const message = `the mtu of ${link.title} follows ${names.join(', which follows ')}`
    return [{ code: 'value', message, path, ...(next && { related: [...next.path, 'mtu'] }) }]
  })
}

/** Those that a link follows until it is itself again; none where it is not. */
const circleOf = (topology: Topology, link: Link): readonly Link[] => {
  const trail: Link[] = [link]
  for (;;) {
    const next = followedBy(topology, trail.at(-1) ?? link)
    if (next === undefined || typeof next === 'string') return []
    if (next === link) return trail
    if (trail.includes(next)) return []
    trail.push(next)
  }
}
