import { familyOf, isMulticast } from '../../net/addresses.ts'
import { checkMac } from '../checks/macs.ts'
import { nameFamily } from '../checks/prefixes.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { BackendDetails, WrittenConfig } from '../config.ts'
import { gatewayTo, vtepMac } from './backends.ts'
import type { Fleet } from './fleet.ts'
import { ofFamily, subnetOf } from './fleet.ts'

const path = ['cluster', 'backend']

/** Keys of a tunnel where there is none, or of another way to flood. */
const misplaced = (backend: BackendDetails): readonly Problem[] => {
  const { type, flood = 'static' } = backend
  const of: readonly (readonly [keyof BackendDetails, boolean, string])[] = [
    ...(['id', 'port', 'name', 'flood'] as const).map(
      (key) => [key, type === 'vxlan', 'type: vxlan'] as const,
    ),
    ['group', type === 'vxlan' && flood === 'multicast', 'flood: multicast'],
    ['directRouting', type === 'vxlan' && flood === 'static', 'type: vxlan with flood: static'],
  ]
  return of
    .filter(([key, fits]) => backend[key] !== undefined && !fits)
    .map(([key, , what]) => ({
      code: 'value',
      message: `"${key}" is for ${what}`,
      path: [...path, key],
      part: 'key',
    }))
}

const checkGroup = ({ backend }: Fleet, first: string | undefined): readonly Problem[] => {
  const group = backend.type === 'vxlan' ? backend.group : undefined
  if (group === undefined) return []
  const at = [...path, 'group']
  if (!isMulticast(group)) {
    const message = `${group} is no multicast address`
    return [{ code: 'value', message, path: at, hint: 'such as 239.1.1.1' }]
  }
  if (first === undefined || familyOf(first) === familyOf(group)) return []
  const message = `the group ${group} is ${nameFamily(familyOf(group))}, and the nodes have ${nameFamily(familyOf(first))} addresses`
  return [{ code: 'value', message, path: at }]
}

/** A group is joined by a device, which the kernel does not find by itself. */
const checkDevices = ({ backend, nodes }: Fleet): readonly Problem[] => {
  if (backend.type !== 'vxlan' || backend.flood !== 'multicast') return []
  const without = nodes.filter((node) => node.interface === undefined)
  const [first] = without
  if (!first) return []
  const all = without.length === nodes.length
  return [
    {
      code: 'value',
      message: all
        ? 'flood: multicast needs "interface" in the cluster, the device of the nodes'
        : `flood: multicast needs "interface" at node ${first.name}`,
      path: all ? path : first.path,
      part: 'key',
    },
  ]
}

/** A gateway has to be in a subnet of its own: the route is refused where it is not. */
const checkOnLink = (fleet: Fleet): readonly Problem[] => {
  const { backend, nodes, subnets } = fleet
  const [first] = nodes
  if (backend.type !== 'hostGateway' || subnets.length === 0 || !first) return []
  const home = subnetOf(fleet, first.addresses[0] ?? '')
  return nodes
    .filter(({ addresses }) => subnetOf(fleet, addresses[0] ?? '') !== home)
    .map((node): Problem => ({
      code: 'value',
      message:
        `node ${node.name} is in ${subnetOf(fleet, node.addresses[0] ?? '') ?? 'another subnet'}, ` +
        `and node ${first.name} in ${home ?? 'another'}: hostGateway needs all nodes in one subnet`,
      path: [...node.path, 'address'],
      hint: 'backend: { type: vxlan, directRouting: true } takes the tunnel between subnets alone',
      related: [...first.path, 'address'],
    }))
}

/** IPv6 has no gateways of IPv4. */
const checkGateways = ({ backend, nodes }: Fleet): readonly Problem[] => {
  if (backend.type !== 'hostGateway' || nodes.length < 2) return []
  return nodes.flatMap((node) =>
    node.podCIDRs
      .filter((podCIDR) => gatewayTo(node, podCIDR) === undefined)
      .map((podCIDR): Problem => ({
        code: 'value',
        message: `node ${node.name} has no IPv6 address that a route to ${podCIDR} could lead by`,
        path: [...node.path, 'address'],
        hint: 'give it a list of one of each family, or take backend: vxlan',
      })),
  )
}

const checkVteps = ({ backend, cluster, nodes }: Fleet): readonly Problem[] => {
  const given = nodes.filter(({ vtepMAC }) => vtepMAC !== undefined)
  if (backend.type !== 'vxlan' || backend.flood !== 'static') {
    return given.map((node) => ({
      code: 'value',
      message: '"vtepMAC" is for type: vxlan with flood: static',
      path: [...node.path, 'vtepMAC'],
      part: 'key',
    }))
  }
  const twins = findTwins(
    nodes.filter(({ podCIDRs }) => podCIDRs.length > 0),
    vtepMac,
  )
  return [
    ...given.flatMap((node) => checkMac(node.vtepMAC, [...node.path, 'vtepMAC'])),
    ...twins.map(([node, first]): Problem => {
      const message = `the tunnels of nodes ${first.name} and ${node.name} have one MAC address, ${vtepMac(node)}`
      const own = cluster.nodes?.[node.name]?.vtepMAC === undefined ? [] : ['vtepMAC']
      return { code: 'duplicate', message, path: [...node.path, ...own], related: first.path }
    }),
  ]
}

const checkDirect = ({ backend, cluster }: Fleet): readonly Problem[] =>
  backend.type === 'vxlan' && backend.directRouting && cluster.nodeCIDR === undefined
    ? [
        {
          code: 'value',
          message: 'directRouting needs "nodeCIDR", which says who shares a subnet',
          path: [...path, 'directRouting'],
        },
      ]
    : []

const alone = ({ cluster, backend }: Fleet): readonly Problem[] => {
  if (cluster.nodes) return []
  const needless = (['nodeCIDR', 'podCIDRFrom', 'backend'] as const).filter(
    (key) => cluster[key] !== undefined && (key !== 'backend' || backend.type === 'vxlan'),
  )
  return needless.map((key) => ({
    code: 'value',
    message: `"${key}" needs "nodes": without these, the cluster is this node alone`,
    path: ['cluster', key],
    part: 'key',
  }))
}

/** The way from node to node. */
export const checkBackend = (_: WrittenConfig, fleet: Fleet): readonly Problem[] => {
  const { backend = 'hostGateway' } = fleet.cluster
  const [first] = fleet.nodes
  const wrong = [
    ...(typeof backend === 'string' ? [] : misplaced(backend)),
    ...alone(fleet),
    ...checkDirect(fleet),
  ]
  if (wrong.length > 0) return wrong
  return [
    ...checkGroup(fleet, first && (ofFamily(first.addresses, 'inet') ?? first.addresses[0])),
    ...checkDevices(fleet),
    ...checkOnLink(fleet),
    ...checkGateways(fleet),
    ...checkVteps(fleet),
  ]
}
