import type { Location } from '../config/diagnostics.ts'
import { networkOf } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import type { Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'

/** A bridge of the node itself that has ports. */
export interface PopulatedBridge {
  readonly name: string
  readonly source: Location | undefined
  readonly ports: number
  /** The networks that the node is in by its addresses on it. */
  readonly gateways: readonly string[]
  /** Those, and the networks of what is behind its ports. */
  readonly networks: readonly string[]
}

/** Where a port leads: "namespace/name" of a veth's peer. */
const peerOf = ({ attributes: { peer } }: Link): string | undefined => {
  if (typeof peer !== 'string') return undefined
  return peer.includes('/') ? peer : `/${peer}`
}

const gather = <T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push(value)
  }
  return groups
}

/** Bridges as the file has them. */
export const populatedBridges = (desired: readonly Resource[]): readonly PopulatedBridge[] => {
  const links = desired.filter((one): one is Link => one.kind === 'link' && one.namespace === '')
  const addresses = desired.filter((one): one is Address => one.kind === 'address')
  const networks = gather(
    addresses.map((one) => [`${one.namespace}/${one.link}`, networkOf(one.address)] as const),
  )
  const ports = gather(
    links.flatMap((link) => {
      const { bridge } = link.attributes
      return typeof bridge === 'string' ? [[bridge, link] as const] : []
    }),
  )
  return links.flatMap(({ name, type, source }) => {
    const own = ports.get(name) ?? []
    if (type !== 'bridge' || own.length === 0) return []
    const gateways = networks.get(`/${name}`) ?? []
    const behind = own.flatMap((port) => networks.get(peerOf(port) ?? '') ?? [])
    const all = [...new Set([...gateways, ...behind])]
    return [{ name, source, ports: own.length, gateways, networks: all }]
  })
}
