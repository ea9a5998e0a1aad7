import { familyOf } from '../../net/addresses.ts'
import { vxlanOverhead, leastMtu } from '../../net/mtus.ts'
import type { Problem } from '../checks/topology.ts'
import type { WrittenConfig } from '../config.ts'
import type { Fleet, FleetNode } from './fleet.ts'

const path = ['cluster', 'mtu']

/** The MTU that the file gives the device of a node, where it does. */
const underlayMtu = ({ interfaces = {} }: WrittenConfig, node: FleetNode): number | undefined => {
  const mtu = interfaces[node.interface ?? '']?.mtu
  return typeof mtu === 'number' ? mtu : undefined
}

const checkUnderlays = (
  config: WrittenConfig,
  { backend, nodes }: Fleet,
  mtu: number,
): readonly Problem[] => {
  const fits = (node: FleetNode): number => {
    const room = backend.type === 'vxlan' ? vxlanOverhead(node.addresses[0]) : 0
    return (underlayMtu(config, node) ?? Infinity) - room
  }
  const node = nodes.find((one) => fits(one) < mtu)
  if (!node) return []
  const under = node.interface ?? ''
  const message = `an MTU of ${String(mtu)} does not fit ${under}, which has ${String(underlayMtu(config, node))}`
  const hint =
    backend.type === 'vxlan'
      ? `beside the headers of the tunnel there is room for ${String(fits(node))}`
      : undefined
  return [{ code: 'value', message, path, hint, related: ['interfaces', under, 'mtu'] }]
}

/** An MTU that the pods cannot have. */
export const checkMtus = (config: WrittenConfig, fleet: Fleet): readonly Problem[] => {
  const { mtu } = fleet.cluster
  if (mtu === undefined) return []
  if (mtu >= leastMtu.inet6 || fleet.podCIDRs.every((pool) => familyOf(pool) === 'inet')) {
    return checkUnderlays(config, fleet, mtu)
  }
  const message = `an MTU of ${String(mtu)} is too small for the IPv6 of the pods`
  return [{ code: 'value', message, path, hint: `IPv6 needs ${String(leastMtu.inet6)} or more` }]
}
