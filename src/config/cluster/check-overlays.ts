import { canonicalAddress, contains, familyOf } from '../../net/addresses.ts'
import { overlap } from '../checks/prefixes.ts'
import type { Problem } from '../checks/topology.ts'
import type { Overlay, WrittenConfig } from '../config.ts'
import type { Path } from '../located.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { ofFamily } from './fleet.ts'
import { isFlat } from './network.ts'

/** What one node says for itself. */
interface Own {
  readonly node: FleetNode
  readonly overlay: Overlay
  readonly path: Path
}

type OverlayCheck = (own: Own, config: WrittenConfig, fleet: Fleet) => readonly Problem[]

/** The two ends of a tunnel are of one id and port, or neither hears the other. */
const checkTunnel: OverlayCheck = ({ node, overlay, path }, config, { backend }) => {
  if (backend.type !== 'vxlan') return []
  const { name } = backend
  const own = overlay.vxlans?.[name]
  return (['id', 'port'] as const).flatMap((key): readonly Problem[] => {
    const usual = config.vxlans?.[name]?.[key] ?? backend[key]
    const value = own?.[key]
    if (value === undefined || value === usual) return []
    const message =
      `the ${key} of ${name} is ${String(value)} on node ${node.name} ` +
      `and ${String(usual)} on the others: they do not hear each other`
    const at = [...path, 'vxlans', name, key]
    return [{ code: 'value', message, path: at, related: ['cluster', 'backend'] }]
  })
}

/** What the other nodes know of a tunnel by its node is not said elsewhere. */
const checkVtep: OverlayCheck = ({ node, overlay, path }, _, { backend }) => {
  if (backend.type !== 'vxlan') return []
  const own = overlay.vxlans?.[backend.name]
  const at = [...path, 'vxlans', backend.name]
  const isOther = own?.local !== undefined && !node.addresses.includes(canonicalAddress(own.local))
  return [
    ...(own?.mac !== undefined && backend.flood === 'static' ? [misplacedMac(at)] : []),
    ...(isOther ? [misplacedLocal(at, node)] : []),
  ]
}

const misplacedMac = (at: Path): Problem => ({
  code: 'value',
  message: 'the other nodes do not know of this MAC address',
  path: [...at, 'mac'],
  hint: 'that of a tunnel is the "vtepMAC" of its node',
})

const misplacedLocal = (at: Path, { name, path }: FleetNode): Problem => ({
  code: 'value',
  message: `the other nodes send to the address of node ${name}, and not to this one`,
  path: [...at, 'local'],
  related: [...path, 'address'],
})

/** In one network of layer 2 nobody is told that a packet is too large: it is lost. */
const checkMtu: OverlayCheck = ({ node, overlay, path }, _, fleet) => {
  const { cluster, backend, bridge } = fleet
  if (!isFlat(fleet) || backend.type !== 'vxlan') return []
  const places = [
    { mtu: overlay.bridges?.[bridge]?.mtu, at: ['bridges', bridge, 'mtu'] },
    { mtu: overlay.vxlans?.[backend.name]?.mtu, at: ['vxlans', backend.name, 'mtu'] },
  ]
  return places
    .filter(({ mtu }) => typeof mtu === 'number' && mtu !== cluster.mtu)
    .map(({ mtu, at }) => ({
      code: 'value',
      message:
        `an MTU of ${String(mtu)} on node ${node.name} alone: in one network of layer 2, ` +
        'larger packets from the other nodes are lost',
      path: [...path, ...at],
      hint: 'give the cluster an "mtu" that fits all nodes',
    }))
}

/** A route of one node that takes pods away from the way that the cluster made to them. */
const lintRoutes: OverlayCheck = ({ node, overlay, path }, _, fleet) =>
  (overlay.routes ?? []).flatMap(({ to, table = 'main' }, index): readonly Problem[] => {
    if (to === 'default' || table !== 'main') return []
    const pool = ofFamily(fleet.podCIDRs, familyOf(to))
    if (pool === undefined || !overlap(pool, to) || contains(to, pool)) return []
    const message = `a route to ${to} on node ${node.name} is in ${pool}: the cluster makes the routes to pods`
    const at = [...path, 'routes', index]
    return [
      { severity: 'warning', code: 'lint', message, path: at, related: ['cluster', 'podCIDR'] },
    ]
  })

/** What nodes say for themselves that the others do not expect. */
export const checkOverlays = (config: WrittenConfig, fleet: Fleet): readonly Problem[] => [
  ...sharedMac(config, fleet),
  ...fleet.nodes.flatMap((node) => {
    const overlay = config.cluster?.nodes?.[node.name]?.overlay
    if (!overlay) return []
    const own = { node, overlay, path: [...node.path, 'overlay'] }
    return [checkTunnel, checkVtep, checkMtu, lintRoutes].flatMap((check) =>
      check(own, config, fleet),
    )
  }),
]

/** One for all nodes would be that of each of them. */
const sharedMac = ({ vxlans = {} }: WrittenConfig, { backend }: Fleet): readonly Problem[] => {
  if (backend.type !== 'vxlan' || backend.flood !== 'static') return []
  const mac = vxlans[backend.name]?.mac
  return mac === undefined ? [] : [misplacedMac(['vxlans', backend.name])]
}
