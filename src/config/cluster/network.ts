import { familyOf } from '../../net/addresses.ts'
import { addressAt, lengthOf } from '../../net/subnets.ts'
import type { WrittenConfig } from '../config.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { ofFamily } from './fleet.ts'
import { macOf } from './names.ts'
import type { Piece, Plain } from './piece.ts'

/** Whether the pods of all nodes are in one network of layer 2. */
export const isFlat = ({ backend }: Fleet): boolean =>
  backend.type === 'vxlan' && backend.flood !== 'static'

/** The pods' gateway: the first address of a node's pod network. */
export const gatewayOf = (podCIDR: string): string => addressAt(podCIDR, 1n)

/** The length with which addresses of a pod network are on a link: that of what is reached without a gateway. */
export const onLinkLength = (fleet: Fleet, podCIDR: string): number => {
  const pool = ofFamily(fleet.podCIDRs, familyOf(podCIDR))
  return lengthOf(isFlat(fleet) && pool !== undefined ? pool : podCIDR)
}

/** The MTU of pods and of their bridge; undefined: the kernel's. */
export const podMtu = (
  { cluster, backend }: Fleet,
  node: FleetNode,
): number | string | undefined => {
  if (cluster.mtu !== undefined) return cluster.mtu
  if (backend.type === 'vxlan') return `like ${backend.name}`
  const way = node.interface ?? node.addresses[0]
  return way === undefined ? undefined : `like ${way}`
}

/**
 * The bridge of the pods. Its MAC address is declared: else it is the lowest of its ports, and pods lose their
 * gateway as others come and go.
 */
const bridge = (fleet: Fleet, node: FleetNode): Piece => {
  const gateways = node.podCIDRs.map(gatewayOf)
  const [first = ''] = gateways
  return {
    path: ['bridges', fleet.bridge],
    value: {
      addresses: node.podCIDRs.map(
        (prefix) => `${gatewayOf(prefix)}/${String(onLinkLength(fleet, prefix))}`,
      ),
      mac: macOf(first),
      mtu: podMtu(fleet, node),
    },
    origin: ['cluster', fleet.cluster.bridge === undefined ? 'podCIDR' : 'bridge'],
  }
}

/** A device that has to be there, where no other section has it. */
const underlay = (
  config: WrittenConfig,
  { interface: device, name, path }: FleetNode,
): readonly Piece[] => {
  const own = config.cluster?.nodes?.[name]?.overlay ?? {}
  const isMade = [config, own].some(({ bridges = {}, veths = {}, vxlans = {} }) =>
    [bridges, veths, vxlans].some((section) => Object.hasOwn(section, device ?? '')),
  )
  if (device === undefined || isMade) return []
  const isOwn = config.cluster?.nodes?.[name]?.interface !== undefined
  const origin = isOwn ? [...path, 'interface'] : ['cluster', 'interface']
  return [{ path: ['interfaces', device], value: {}, origin }]
}

const acceptance = ({ podCIDRs }: Fleet): readonly Piece[] =>
  podCIDRs.flatMap((pool) => [
    {
      path: ['forwarding'],
      value: [{ source: pool, comment: 'ACCEPT src pods network' }],
      origin: ['cluster', 'podCIDR'],
    },
    {
      path: ['forwarding'],
      value: [{ destination: pool, comment: 'ACCEPT dst pods network' }],
      origin: ['cluster', 'podCIDR'],
    },
  ])

/** What leaves the pods of this node for anything but pods. */
const masquerade = ({ cluster, podCIDRs }: Fleet, node: FleetNode): readonly Piece[] => {
  const { masquerade: wanted = false } = cluster
  if (wanted === false) return []
  const out = wanted === true ? {} : { outInterface: wanted.outInterface }
  return node.podCIDRs.map((source) => ({
    path: ['masquerade'],
    value: [
      {
        source,
        exceptDestination: ofFamily(podCIDRs, familyOf(source)),
        ...out,
        comment: 'NAT from pods to outside',
      },
    ],
    origin: ['cluster', 'masquerade'],
  }))
}

/** What the proxy of services has to know of the pods, unless the file says it. */
const serviceProxy = (
  { services, serviceProxy: given = {} }: WrittenConfig,
  { podCIDRs, serviceCIDRs }: Fleet,
  node: FleetNode,
): readonly Piece[] => {
  if (serviceCIDRs.length === 0 && !services) return []
  const known: Readonly<Record<string, readonly [Plain & readonly string[], string]>> = {
    serviceCIDRs: [serviceCIDRs, 'serviceCIDR'],
    clusterCIDRs: [podCIDRs, 'podCIDR'],
    podCIDRs: [node.podCIDRs, 'podCIDR'],
  }
  return Object.entries(known)
    .filter(([key, [value]]) => value.length > 0 && !Object.hasOwn(given, key))
    .map(([key, [value, origin]]) => ({
      path: ['serviceProxy', key],
      value,
      origin: ['cluster', origin],
    }))
}

/** What a node has whatever the way to the others. */
export const networkPieces = (
  config: WrittenConfig,
  fleet: Fleet,
  node: FleetNode,
): readonly Piece[] => [
  ...underlay(config, node),
  bridge(fleet, node),
  ...acceptance(fleet),
  ...masquerade(fleet, node),
  ...serviceProxy(config, fleet, node),
]
