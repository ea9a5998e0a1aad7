import type { Address } from '../resources/address.ts'
import type { Chain } from '../resources/chain.ts'
import type { Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'
import type { Route } from '../resources/route/route.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import { warn } from './lint.ts'
import type { Lint, Situation } from './lint.ts'

/** Tunnels that lead to networks of other nodes: an IPv4 route over them is to a gateway which is only there. */
const tunnels = (desired: readonly Resource[]): readonly Link[] => {
  const routed = new Set(
    desired
      .filter((one): one is Route => one.kind === 'route' && one.namespace === '')
      .filter(({ family, attributes }) => family === 'inet' && attributes['onlink'] === true)
      .map(({ attributes }) => attributes['device']),
  )
  return desired.filter(
    (one): one is Link =>
      one.kind === 'link' && (one as Link).type === 'vxlan' && routed.has((one as Link).name),
  )
}

/** Whether a network leaves under the node's own address, so that answers come back by the way of the question. */
const isMasqueraded = (desired: readonly Resource[]): boolean =>
  desired
    .filter((one): one is Chain => one.kind === 'chain')
    .flatMap(({ attributes: { rules } }) => (Array.isArray(rules) ? rules.map(String) : []))
    .some((rule) => rule.startsWith('-s ') && rule.includes('-j MASQUERADE'))

/** The device that carries a tunnel. */
const carrierOf = ({ attributes }: Link, { observed, desired }: Situation): string | undefined => {
  const { device, local } = attributes
  if (typeof device === 'string') return device
  if (typeof local !== 'string') return undefined
  return [...desired, ...observed].find(
    (one): one is Address =>
      one.kind === 'address' && (one as Address).address.startsWith(`${local}/`),
  )?.link
}

/** What a parameter is to be: of the file, else of the node. */
const valuesOf = async (
  { desired, reader }: Situation,
  paths: readonly string[],
): Promise<readonly number[]> => {
  const wanted = new Map(
    desired
      .filter((one): one is Sysctl => one.kind === 'sysctl' && one.namespace === '')
      .map(({ path, attributes: { value } }) => [path, Number(value)]),
  )
  const found = await reader.sysctls('', paths)
  return paths.map((path) => wanted.get(path) ?? Number(found.get(path) ?? 0))
}

const strict = 1

/**
 * A packet of a pod to another node's own address goes by the devices of the nodes, and the answer by the tunnel. With
 * strict reverse path filtering (RFC 3704; the larger of `all` and the device counts) the other node drops it.
 */
export const lintReversePath: Lint = async (situation) => {
  const { desired } = situation
  const [tunnel] = tunnels(desired)
  const carrier = tunnel && carrierOf(tunnel, situation)
  if (!tunnel || carrier === undefined || isMasqueraded(desired)) return []
  const paths = ['all', carrier].map((name) => `net/ipv4/conf/${name}/rp_filter`)
  if (Math.max(...(await valuesOf(situation, paths))) !== strict) return []
  const message =
    `rp_filter of ${carrier} is 1: what pods of other nodes send to this node's own addresses comes by ` +
    `${carrier}, is answered by ${tunnel.name}, and so is dropped`
  const hint = 'masquerade what pods send to others, or set net.ipv4.conf.all.rp_filter to 2'
  return [warn(message, tunnel, hint)]
}
