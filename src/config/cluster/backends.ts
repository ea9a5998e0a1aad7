import { contains, familyOf } from '../../net/addresses.ts'
import { addressAt } from '../../net/subnets.ts'
import type { Backend, Fleet, FleetNode } from './fleet.ts'
import { ofFamily, subnetOf } from './fleet.ts'
import { macOf } from './names.ts'
import type { Piece, Plain } from './piece.ts'

type Vxlan = Extract<Backend, { type: 'vxlan' }>

/** The address by which packets for a pod network of that node go there: an IPv4 route may have an IPv6 gateway. */
export const gatewayTo = ({ addresses }: FleetNode, podCIDR: string): string | undefined =>
  ofFamily(addresses, familyOf(podCIDR)) ??
  (familyOf(podCIDR) === 'inet' ? addresses[0] : undefined)

/**
 * What leads to a node is the same on all others that have a device of one name: it is made once, so that a fleet of a
 * thousand nodes has a thousand of them, and not a million.
 */
const perNode = (
  make: (other: FleetNode, device: string | undefined) => readonly Piece[],
): typeof make => {
  const made = new WeakMap<FleetNode, Map<string | undefined, readonly Piece[]>>()
  return (other, device) => {
    const known = made.get(other) ?? new Map<string | undefined, readonly Piece[]>()
    made.set(other, known)
    const there = known.get(device)
    if (there) return there
    const pieces = make(other, device)
    known.set(device, pieces)
    return pieces
  }
}

const routes = (
  other: FleetNode,
  device: string | undefined,
  podCIDRs: readonly string[],
): readonly Piece[] =>
  podCIDRs.map((to) => ({
    path: ['routes'],
    value: [{ to, via: gatewayTo(other, to), device }],
    origin: other.path,
  }))

/** Routes to the pods of another node, by its address. */
const routesTo = perNode((other, device) => routes(other, device, other.podCIDRs))

/** The address of a node's own end of the tunnel, in its pod network: the network's first, as flannel has it. */
const vtepAddress = (podCIDR: string): string => addressAt(podCIDR, 0n)

/** The MAC address of a node's end of the tunnel, which every other node has to know. */
export const vtepMac = ({ vtepMAC, podCIDRs }: FleetNode): string =>
  vtepMAC ?? macOf(vtepAddress(podCIDRs[0] ?? ''))

/** A piece of the tunnel's device that is for another node. */
const toward =
  (tunnel: string, other: FleetNode) =>
  (key: string, value: Plain): Piece => ({
    path: ['vxlans', tunnel, key],
    value: [value],
    origin: other.path,
  })

/** What tells a node the way to another one: who it is (neighbors), where it is (fdb), what is behind it (routes). */
const entries = (other: FleetNode, name: string, podCIDRs: readonly string[]): readonly Piece[] => {
  const piece = toward(name, other)
  const mac = vtepMac(other)
  return [
    piece('fdb', { mac, remote: other.addresses[0] }),
    ...podCIDRs.flatMap((to) => [
      piece('neighbors', { address: vtepAddress(to), mac }),
      piece('routes', { to, via: vtepAddress(to), onlink: true }),
    ]),
  ]
}

const entriesTo = perNode((other, name = '') => entries(other, name, other.podCIDRs))

/** Whether a node reaches the pods of another one without a gateway in between, as far as the file says. */
const isDirect =
  (fleet: Fleet, self: FleetNode, other: FleetNode) =>
  (podCIDR: string): boolean => {
    const gateway = gatewayTo(other, podCIDR)
    const subnet = gateway === undefined ? undefined : subnetOf(fleet, gateway)
    return subnet !== undefined && self.addresses.some((address) => contains(subnet, address))
  }

/** Directly where nodes share a subnet of the family that it takes, and else by the tunnel. */
const directly = (
  fleet: Fleet,
  self: FleetNode,
  other: FleetNode,
  name: string,
): readonly Piece[] => {
  const { podCIDRs } = other
  const direct = podCIDRs.filter(isDirect(fleet, self, other))
  if (direct.length === podCIDRs.length) return routesTo(other, self.interface)
  if (direct.length === 0) return entriesTo(other, name)
  const rest = podCIDRs.filter((podCIDR) => !direct.includes(podCIDR))
  return [...routes(other, self.interface, direct), ...entries(other, name, rest)]
}

const tunnel = (
  { cluster }: Fleet,
  self: FleetNode,
  { id, port }: Vxlan,
): Readonly<Record<string, Plain | undefined>> => ({
  id,
  port,
  local: self.addresses[0],
  device: self.interface,
  mtu: cluster.mtu ?? 'auto',
})

const staticPieces = (
  fleet: Fleet,
  self: FleetNode,
  others: readonly FleetNode[],
  backend: Vxlan,
): readonly Piece[] => {
  const path = ['vxlans', backend.name]
  const addresses = self.podCIDRs.map(
    (prefix) => `${vtepAddress(prefix)}/${familyOf(prefix) === 'inet' ? '32' : '128'}`,
  )
  const own = { learning: false, mac: vtepMac(self), addresses }
  return [
    { path, value: { ...tunnel(fleet, self, backend), ...own }, origin: ['cluster', 'backend'] },
    ...others.flatMap((other) =>
      backend.directRouting
        ? directly(fleet, self, other, backend.name)
        : entriesTo(other, backend.name),
    ),
  ]
}

const floodPieces = (
  fleet: Fleet,
  self: FleetNode,
  others: readonly FleetNode[],
  backend: Vxlan,
): readonly Piece[] => {
  const path = ['vxlans', backend.name]
  const { group } = backend
  const own = { ...tunnel(fleet, self, backend), bridge: fleet.bridge, group }
  return [
    { path, value: own, origin: ['cluster', 'backend'] },
    ...(group === undefined
      ? others.map((other) => toward(backend.name, other)('remotes', other.addresses[0] ?? ''))
      : []),
  ]
}

/** What brings packets from a node to the pods of the others. */
export const backendPieces = (fleet: Fleet, self: FleetNode): readonly Piece[] => {
  const { backend } = fleet
  const others = fleet.nodes.filter(({ name }) => name !== self.name)
  if (backend.type === 'hostGateway')
    return others.flatMap((other) => routesTo(other, self.interface))
  const pieces = backend.flood === 'static' ? staticPieces : floodPieces
  return pieces(fleet, self, others, backend)
}
