import type { Bridge, Interface, Peer, Veth, Vxlan } from '../config/config.ts'
import type { Family } from '../net/addresses.ts'
import { canonicalAddress, familyOf, withoutLength } from '../net/addresses.ts'
import type { Attributes, Resource } from '../resources/kind.ts'
import { linkIdentity, peerText } from '../resources/link/link.ts'
import type { Link, Pair } from '../resources/link/link.ts'
import { expandAddresses } from './addresses.ts'
import type { Context, Place } from './context.ts'
import { netnsArgument } from './context.ts'
import { expandFdb, expandFlood } from './fdb.ts'
import { expandNeighbors } from './neighbors.ts'
import { expandRoutes } from './routes.ts'

type LinkConfig = Bridge | Interface | Peer | Veth | Vxlan

const portOf = (config: Interface | Peer | Veth | Vxlan): Attributes => ({
  hairpin: config.hairpin,
  isolated: config.isolated,
  learning: config.learning,
  pathCost: config.pathCost,
  priority: config.priority,
})

const commonOf = (config: LinkConfig): Attributes => ({
  up: config.up ?? true,
  mtu: config.mtu,
  mac: config.mac?.toLowerCase(),
})

/**
 * The port of a pod that is an endpoint sends back what came from it: it may come to itself by way of
 * its service.
 */
const hairpinOf = (context: Context, { config }: End, { config: other }: End): Attributes => {
  const wanted =
    config.bridge !== undefined &&
    config.hairpin === undefined &&
    (other.addresses ?? []).some((address) => context.isEndpoint(withoutLength(address)))
  return wanted ? { hairpin: true } : {}
}

/** Ours are ports of the bridge that is declared, or of none. */
const masterOf = (config: { readonly bridge?: string }): Attributes => ({
  bridge: config.bridge ?? null,
})

const bridgeOf = (config: Bridge): Attributes => ({
  ...commonOf(config),
  type: 'bridge',
  promiscuous: config.promiscuous,
  stp: config.stp,
  forwardDelay: config.forwardDelay,
  helloTime: config.helloTime,
  maxAge: config.maxAge,
  ageingTime: config.ageingTime,
  priority: config.priority,
  vlanFiltering: config.vlanFiltering,
  multicastSnooping: config.multicastSnooping,
})

/** That of the outer packets, where only the endpoints say it, which all share one. */
const tunnelFamily = ({ group, local, remotes = [], fdb = [] }: Vxlan): Family | undefined => {
  if (group !== undefined || local !== undefined) return undefined
  const endpoints = [...remotes, ...fdb.map(({ remote }) => remote)]
  const known = endpoints.find((endpoint) => endpoint !== undefined)
  return known === undefined ? undefined : familyOf(known)
}

const defaultVxlanPort = 4789

const optionalAddress = (address: string | undefined): string | null =>
  address === undefined ? null : canonicalAddress(address)

const vxlanOf = (config: Vxlan): Attributes => ({
  ...commonOf(config),
  ...masterOf(config),
  ...portOf(config),
  type: 'vxlan',
  id: config.id,
  device: config.device ?? null,
  group: optionalAddress(config.group),
  local: optionalAddress(config.local),
  family: tunnelFamily(config),
  port: config.port ?? defaultVxlanPort,
  learning: config.learning,
  ttl: config.ttl,
  tos: config.tos,
  ageingTime: config.ageingTime,
  udpChecksum: config.udpChecksum,
})

/** A device of which nothing is declared but its name is only to be there. */
const deviceOf = ({ namespace: _, ...config }: Interface): Attributes =>
  Object.keys(config).length === 0
    ? {}
    : { ...commonOf(config), ...portOf(config), bridge: config.bridge }

const linkOf = (
  context: Context,
  place: Place,
  config: LinkConfig,
  rest: Pick<Link, 'type' | 'attributes'> & Partial<Link>,
): readonly Resource[] => {
  const { name, namespace, path, mark } = place
  const link: Link = {
    kind: 'link',
    namespace,
    name,
    mark,
    adopt: 'adopt' in config ? config.adopt : undefined,
    source: context.locate(path, 'key'),
    ...(typeof config.mtu === 'string' && { mtuSource: context.locate([...path, 'mtu']) }),
    ...rest,
  }
  return [
    link,
    ...expandAddresses(context, config.addresses ?? [], place),
    ...expandNeighbors(context, config.neighbors ?? [], place),
    ...expandFdb(context, config.fdb ?? [], place, rest.attributes),
    ...expandRoutes(context, config.routes ?? [], [...path, 'routes'], { namespace, device: name }),
  ]
}

/** One end of a pair. */
interface End {
  readonly place: Place
  readonly config: Peer | Veth
}

const endOf = (
  context: Context,
  end: End,
  other: End,
  rest: Partial<Link>,
): readonly Resource[] => {
  const { place, config } = end
  return linkOf(context, place, config, {
    type: 'veth',
    attributes: {
      ...commonOf(config),
      ...masterOf(config),
      ...portOf(config),
      ...hairpinOf(context, end, other),
      type: 'veth',
      peer: peerText(other.place.namespace, other.place.name),
    },
    ...rest,
  })
}

const pairOf = (context: Context, maker: End, { place, config }: End): Pair => ({
  name: place.name,
  namespace: place.namespace,
  netns:
    place.namespace === maker.place.namespace ? undefined : netnsArgument(context, place.namespace),
  mac: config.mac?.toLowerCase(),
})

/** The end in the node makes the pair, so that the other one can be made in its namespace. */
const expandVeth = (context: Context, name: string, config: Veth): readonly Resource[] => {
  const path = ['veths', name]
  const { group: mark } = context
  // A pair is adopted as a whole.
  const { peer, adopt } = config
  const near: End = { place: { name, namespace: config.namespace ?? '', path, mark }, config }
  const far: End = {
    place: { name: peer.name, namespace: peer.namespace ?? '', path: [...path, 'peer'], mark },
    config: peer,
  }
  const farMakes = far.place.namespace === '' && near.place.namespace !== ''
  const [maker, made] = farMakes ? [far, near] : [near, far]
  const madeBy = linkIdentity(maker.place.namespace, maker.place.name)
  return [
    ...endOf(context, maker, made, { pair: pairOf(context, maker, made), adopt }),
    ...endOf(context, made, maker, { madeBy, adopt }),
  ]
}

const expandVxlan = (context: Context, place: Place, config: Vxlan): readonly Resource[] => [
  ...linkOf(context, place, config, { type: 'vxlan', attributes: vxlanOf(config) }),
  ...expandFlood(context, config, place),
]

/** Interfaces, bridges, veths and vxlans, with all that hangs on them. */
export const expandLinks = (context: Context): readonly Resource[] => {
  const { interfaces = {}, bridges = {}, veths = {}, vxlans = {} } = context.config
  const place = (section: string, name: string, namespace = '', mark?: number): Place => ({
    name,
    namespace,
    path: [section, name],
    mark,
  })
  const { group } = context
  return [
    ...Object.entries(interfaces).flatMap(([name, config]) =>
      linkOf(context, place('interfaces', name, config.namespace), config, {
        type: 'device',
        attributes: deviceOf(config),
      }),
    ),
    ...Object.entries(bridges).flatMap(([name, config]) =>
      linkOf(context, place('bridges', name, config.namespace, group), config, {
        type: 'bridge',
        attributes: bridgeOf(config),
      }),
    ),
    ...Object.entries(veths).flatMap(([name, config]) => expandVeth(context, name, config)),
    ...Object.entries(vxlans).flatMap(([name, config]) =>
      expandVxlan(context, place('vxlans', name, config.namespace, group), config),
    ),
  ]
}
