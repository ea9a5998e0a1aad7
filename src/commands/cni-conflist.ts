import type { Fleet, FleetNode } from '../config/cluster/fleet.ts'
import { gatewayOf, onLinkLength } from '../config/cluster/network.ts'
import type { Config } from '../config/config.ts'
import { contains, familyOf, networkOf, withoutLength } from '../net/addresses.ts'
import { addressAt } from '../net/subnets.ts'

/** A network as container runtimes read it (CNI specification, section 1). */
export interface Conflist {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly object[]
}

export interface ConflistOptions {
  readonly name: string
  readonly cniVersion: string
}

/** Where the pods of a node get their addresses, as host-local reads it. */
const rangeOf = (fleet: Fleet, podCIDR: string): object => {
  const gateway = gatewayOf(podCIDR)
  const subnet = networkOf(`${gateway}/${String(onLinkLength(fleet, podCIDR))}`)
  // Where pods of all nodes are in one network, a node gives away its own part of it.
  return subnet === podCIDR
    ? { subnet }
    : { subnet, gateway, rangeStart: gateway, rangeEnd: addressAt(podCIDR, -1n) }
}

const addressesOf = ({ veths = {} }: Config): readonly string[] =>
  Object.values(veths).flatMap((veth) => [
    ...(veth.addresses ?? []),
    ...(veth.peer.addresses ?? []),
  ])

/** What the file gives to pods of its own, and to nobody else. */
const reservedOf = (
  { cluster }: Fleet,
  { podCIDRs }: FleetNode,
  config: Config,
): readonly string[] => {
  const given = addressesOf(config).map(withoutLength)
  const isOurs = (one: string): boolean =>
    podCIDRs.some(
      (prefix) => familyOf(prefix) === familyOf(one) && contains(prefix, withoutLength(one)),
    )
  return [...new Set([...(cluster.reserved ?? []), ...given])].filter(isOurs)
}

/**
 * The pods' network of a node, for container runtimes. Its bridge, the routes to other nodes and what leaves them is
 * the cluster's own: `netplan apply` makes it.
 *
 * @param config what the cluster comes to on that node
 */
export const conflistOf = (
  fleet: Fleet,
  node: FleetNode,
  config: Config,
  { name, cniVersion }: ConflistOptions,
): Conflist => {
  const reserved = reservedOf(fleet, node, config)
  const plugin = {
    type: 'netplan-cni',
    bridge: fleet.bridge,
    isDefaultGateway: true,
    hairpinMode: true,
    ...(fleet.cluster.mtu === undefined ? {} : { mtu: fleet.cluster.mtu }),
    ipam: {
      ranges: node.podCIDRs.map((podCIDR) => [rangeOf(fleet, podCIDR)]),
      ...(reserved.length === 0 ? {} : { reserved }),
    },
    capabilities: { portMappings: true, ips: true, mac: true },
  }
  return { cniVersion, name, plugins: [plugin] }
}
