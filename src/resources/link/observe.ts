import type { IpLink } from '../../kernel/ip.ts'
import type { Json, Reader } from '../../kernel/reader.ts'
import type { Family } from '../../net/addresses.ts'
import { familyOf } from '../../net/addresses.ts'
import type { Attributes, NamespaceName } from '../kind.ts'
import { extrasOf } from './extras.ts'
import { bridgeOptions, linkIdentity, peerText, portOptions } from './link.ts'
import type { Link } from './link.ts'
import { findPeers } from './peers.ts'

/** All links of one namespace, as `ip` prints them. */
interface Scene {
  readonly namespace: NamespaceName
  readonly links: readonly IpLink[]
  /** An endpoint of each tunnel that has one. */
  readonly endpoints: ReadonlyMap<string, string>
}

const flag = (value: unknown): boolean => value === true || value === 1

const observePort = (link: IpLink): Attributes => {
  const data = link.linkinfo?.info_slave_data
  if (link.linkinfo?.info_slave_kind !== 'bridge' || !data) return {}
  return Object.fromEntries(
    Object.entries(portOptions).map(([attribute, name]) => [attribute, data[name] as Json]),
  )
}

const switches: ReadonlySet<string> = new Set(['vlanFiltering', 'multicastSnooping'])

/** While STP spreads a change, the bridge forgets sooner, and does not show what it goes back to. */
const isPassing = (attribute: string, data: Readonly<Record<string, unknown>>): boolean =>
  attribute === 'ageingTime' && flag(data['topology_change'])

const observeBridge = (data: Readonly<Record<string, unknown>>, { flags }: IpLink): Attributes => ({
  // The flag: what its ports and their neighbours need makes it promiscuous without one.
  promiscuous: flags.includes('PROMISC'),
  stp: Number(data['stp_state']) > 0,
  ...Object.fromEntries(
    Object.entries(bridgeOptions)
      .filter(([attribute]) => !isPassing(attribute, data))
      .map(([attribute, { name, scale }]) => [
        attribute,
        switches.has(attribute) ? flag(data[name]) : Number(data[name]) / scale,
      ]),
  ),
})

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/**
 * The family of a tunnel's outer packets. Without an address of its own the kernel shows none, but
 * then its endpoints do.
 */
const observeFamily = (
  data: Readonly<Record<string, unknown>>,
  endpoint: string | undefined,
): Family => {
  if (data['group6'] ?? data['remote6'] ?? data['local6']) return 'inet6'
  return endpoint === undefined ? 'inet' : familyOf(endpoint)
}

/** JSON keys differ by family, and a multicast `remote` is shown as `group` (N-45). */
const observeVxlan = (
  data: Readonly<Record<string, unknown>>,
  endpoint: string | undefined,
): Attributes => ({
  family: observeFamily(data, endpoint),
  id: data['id'] as number,
  device: text(data['link']),
  group: text(data['group'] ?? data['group6'] ?? data['remote'] ?? data['remote6']),
  local: text(data['local'] ?? data['local6']),
  port: data['port'] as number,
  learning: flag(data['learning']),
  ttl: Number(data['ttl'] ?? 0),
  tos: Number(data['tos'] ?? 0),
  ageingTime: data['ageing'] as number,
  udpChecksum: flag(data['udp_csum']),
})

const observeKind = (link: IpLink, { endpoints }: Scene, peer: () => string): Attributes => {
  const { info_kind: kind, info_data: data = {} } = link.linkinfo ?? {}
  if (kind === 'bridge') return observeBridge(data, link)
  if (kind === 'vxlan')
    return { ...observePort(link), ...observeVxlan(data, endpoints.get(link.ifname)) }
  return kind === 'veth' ? { ...observePort(link), peer: peer() } : observePort(link)
}

/** What a record says of a device, if it is still the device that it was written for. */
const previousOf = (record: Json | undefined, index: number): Attributes | undefined => {
  const noted = record as { index: number; attributes: Attributes } | undefined
  return noted?.index === index ? noted.attributes : undefined
}

/** What is known of links beside what `ip` prints of each. */
interface Notes extends Pick<Reader, 'records'> {
  peerOf(link: IpLink, namespace: NamespaceName): string
}

const observeLink = (link: IpLink, scene: Scene, { records, peerOf }: Notes): Link => ({
  kind: 'link',
  namespace: scene.namespace,
  name: link.ifname,
  type: link.linkinfo?.info_kind ?? 'device',
  index: link.ifindex,
  mark: Number(link.group),
  previous: previousOf(records.get(linkIdentity(scene.namespace, link.ifname)), link.ifindex),
  extras: extrasOf(link),
  attributes: {
    type: link.linkinfo?.info_kind ?? 'device',
    // The flag, never the operational state (N-26).
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    mac: link.address ?? null,
    bridge: link.linkinfo?.info_slave_kind === 'bridge' ? (link.master ?? null) : null,
    ...observeKind(link, scene, () => peerOf(link, scene.namespace)),
  },
})

const markPairs = (links: readonly Link[]): readonly Link[] => {
  const marks = new Map(links.map(({ namespace, name, mark }) => [peerText(namespace, name), mark]))
  return links.map((link) => {
    const { peer } = link.attributes
    return typeof peer === 'string' ? { ...link, peerMark: marks.get(peer) } : link
  })
}

/** Where vxlans send to, by name. */
const endpointsOf = async (
  namespace: NamespaceName,
  links: readonly IpLink[],
  reader: Reader,
): Promise<Scene['endpoints']> => {
  if (!links.some(({ linkinfo }) => linkinfo?.info_kind === 'vxlan')) return new Map()
  const entries = await reader.fdb(namespace)
  return new Map(
    entries.flatMap(({ ifname, dst }) =>
      ifname !== undefined && dst !== undefined ? [[ifname, dst]] : [],
    ),
  )
}

/** Every link of every namespace that is read. */
export const observeLinks = async (
  reader: Reader,
  desired: readonly Link[],
): Promise<readonly Link[]> => {
  const scenes = await Promise.all(
    reader.namespaces.map(async (namespace): Promise<Scene> => {
      const { links } = await reader.ip(namespace)
      return { namespace, links, endpoints: await endpointsOf(namespace, links, reader) }
    }),
  )
  const peerOf = await findPeers(scenes, desired, reader)
  const notes: Notes = { records: reader.records, peerOf }
  return markPairs(
    scenes.flatMap((scene) => scene.links.map((link) => observeLink(link, scene, notes))),
  )
}
