import type { Config } from '../../config/config.ts'
import { canonicalAddress, contains, withoutLength } from '../../net/addresses.ts'

/** What tells which endpoints are on this node. */
export interface Locality {
  readonly nodeName: string
  /** Addresses that the file gives to links, in any namespace. */
  readonly declared: ReadonlySet<string>
  readonly podCIDRs: readonly string[]
}

const addressesOf = (config: Config): readonly string[] => {
  const { interfaces = {}, bridges = {}, veths = {}, vxlans = {} } = config
  const links = [
    ...Object.values(interfaces),
    ...Object.values(bridges),
    ...Object.values(veths).flatMap((veth) => [veth, veth.peer]),
    ...Object.values(vxlans),
  ]
  return links.flatMap(({ addresses = [] }) => addresses)
}

export const localityOf = (config: Config, nodeName: string): Locality => ({
  nodeName,
  declared: new Set(addressesOf(config).map((text) => canonicalAddress(withoutLength(text)))),
  podCIDRs: config.serviceProxy?.podCIDRs ?? [],
})

/** Whether an endpoint is on this node: its `node` says it, else where its address is. */
export const isLocal = (address: string, node: string | undefined, locality: Locality): boolean => {
  if (node !== undefined) return node === locality.nodeName
  const { declared, podCIDRs } = locality
  return declared.has(address) || podCIDRs.some((prefix) => contains(prefix, address))
}
