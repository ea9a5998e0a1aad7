import { canonicalAddress, familyOf, isMulticast } from '../../net/addresses.ts'
import { checkMac } from '../checks/macs.ts'
import { nameFamily } from '../checks/prefixes.ts'
import { findTwins, type Problem } from '../checks/topology.ts'
import type { BackendDetails, WrittenConfig } from '../config.ts'
import { gatewayTo, vtepMac } from './backends.ts'
import type { Path } from '../located.ts'
import { joinWords } from '../words.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { subnetOf } from './fleet.ts'
import { firstPath, spotsOf, type Spot } from './spots.ts'

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
  if (without.length === 0) return []
  const where =
    without.length === nodes.length
      ? 'in the cluster, the device of the nodes'
      : `at ${joinWords(
          without.map(({ name }) => `node ${name}`),
          'and',
        )}`
  return [
    {
      code: 'value',
      message: `flood: multicast needs "interface" ${where}`,
      path: [...path, 'flood'],
    },
  ]
}

const addressPath = ({ cluster }: Fleet, { name, path: above }: FleetNode): Path =>
  firstPath(cluster.nodes?.[name]?.address, [...above, 'address'])

/** The addresses that the routes to a node's pods lead by. */
const gatewaySpots = ({ cluster }: Fleet, node: FleetNode): readonly Spot[] => {
  const gateways = new Set(node.podCIDRs.map((podCIDR) => gatewayTo(node, podCIDR)))
  return spotsOf(cluster.nodes?.[node.name]?.address, [...node.path, 'address'])
    .map(({ text, path: at }) => ({ text: canonicalAddress(text), path: at }))
    .filter(({ text }) => gateways.has(text))
}

/** A gateway has to be in a subnet of its own: the route is refused where it is not. */
const checkOnLink = (fleet: Fleet): readonly Problem[] => {
  const { backend, nodes, subnets } = fleet
  const [first] = nodes
  if (backend.type !== 'hostGateway' || subnets.length === 0 || !first) return []
  const homes = gatewaySpots(fleet, first)
  const elsewhere = ({ name }: FleetNode, spot: Spot): readonly Problem[] => {
    const usual = homes.find(({ text }) => familyOf(text) === familyOf(spot.text))
    const home = usual && subnetOf(fleet, usual.text)
    const subnet = subnetOf(fleet, spot.text)
    if (home === undefined || subnet === undefined || subnet === home) return []
    const message =
      `node ${name} is in ${subnet}, ` +
      `and node ${first.name} in ${home}: hostGateway needs all nodes in one subnet`
    const hint =
      'backend: { type: vxlan, directRouting: true } takes the tunnel between subnets alone'
    return [{ code: 'value', message, path: spot.path, hint, related: usual?.path }]
  }
  return nodes.flatMap((node) => gatewaySpots(fleet, node).flatMap((spot) => elsewhere(node, spot)))
}

/** IPv6 has no gateways of IPv4. */
const checkGateways = (fleet: Fleet): readonly Problem[] => {
  const { backend, nodes } = fleet
  if (backend.type !== 'hostGateway' || nodes.length < 2) return []
  return nodes.flatMap((node) =>
    node.podCIDRs
      .filter((podCIDR) => gatewayTo(node, podCIDR) === undefined)
      .map((podCIDR): Problem => ({
        code: 'value',
        message: `node ${node.name} has no IPv6 address that a route to ${podCIDR} could lead by`,
        path: addressPath(fleet, node),
        hint: 'give it a list of one of each family, or take backend: vxlan',
      })),
  )
}

const isSame = (one: FleetNode, other: FleetNode): boolean =>
  one.vtepMAC === undefined && other.vtepMAC === undefined && one.podCIDRs[0] === other.podCIDRs[0]

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
    // Of nodes with one pod network that is told.
    ...twins
      .filter(([node, first]) => !isSame(node, first))
      .map(([node, first]): Problem => {
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

/** One device for each: the pods' bridge, the tunnel, and what they stand on. */
const checkNames = ({ backend, bridge, nodes, cluster }: Fleet): readonly Problem[] => {
  const tunnel = backend.type === 'vxlan' ? backend.name : undefined
  const problems: Problem[] = []
  if (tunnel === bridge) {
    const isNamed = typeof cluster.backend === 'object' && cluster.backend.name !== undefined
    const message = `the tunnel and the bridge of the pods are both called ${bridge}`
    const at = isNamed ? [...path, 'name'] : path
    problems.push({ code: 'value', message, path: at, related: ['cluster', 'bridge'] })
  }
  const underlay = nodes.find((node) => [bridge, tunnel].includes(node.interface ?? ''))
  if (underlay) {
    const isOwn = cluster.nodes?.[underlay.name]?.interface !== undefined
    const message = `${underlay.interface ?? ''} is both the device of the nodes and one that the cluster makes`
    const at = isOwn ? [...underlay.path, 'interface'] : ['cluster', 'interface']
    const hint = 'the bridge of the pods and the tunnel have names of their own'
    problems.push({ code: 'value', message, path: at, hint })
  }
  return problems
}

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
    ...checkNames(fleet),
  ]
  if (wrong.length > 0) return wrong
  return [
    ...checkDirect(fleet),
    ...checkGroup(fleet, first?.addresses[0]),
    ...checkDevices(fleet),
    ...checkOnLink(fleet),
    ...checkGateways(fleet),
    ...checkVteps(fleet),
  ]
}
