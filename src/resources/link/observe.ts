import type { IpLink } from '../../kernel/ip.ts'
import { netnsDirectory } from '../../net/namespaces.ts'
import type { Json, Reader } from '../../kernel/reader.ts'
import type { Family } from '../../net/addresses.ts'
import { familyOf } from '../../net/addresses.ts'
import type { Attributes, NamespaceName } from '../kind.ts'
import { extrasOf } from './extras.ts'
import { bridgeOptions, linkIdentity, peerText, portOptions } from './link.ts'
import type { Link } from './link.ts'

/** All links of one namespace, as `ip` prints them. */
interface Scene {
  readonly namespace: NamespaceName
  readonly links: readonly IpLink[]
  readonly nameOfId: ReadonlyMap<number, string | undefined>
  /** An endpoint of each tunnel that has one. */
  readonly endpoints: ReadonlyMap<string, string>
}

const veths = (scene: Scene): readonly IpLink[] =>
  scene.links.filter((link) => link.linkinfo?.info_kind === 'veth')

interface End {
  readonly namespace: NamespaceName
  readonly name: string
  /** The number that its namespace has for that of its other end. */
  readonly number: number
}

/** Veths by `ifindex` and the ifindex they point to, which two ends share the other way round (N-11). */
type Ends = ReadonlyMap<string, readonly End[]>

/** What helps to find the other end of a veth. */
interface Clues {
  readonly ends: Ends
  /** By namespace, what the numbers that it has for others are called. */
  readonly names: ReadonlyMap<NamespaceName, Scene['nameOfId']>
  /** The peers that are desired, by identity. */
  readonly peers: ReadonlyMap<string, Json | undefined>
  readonly reader: Reader
}

const indexEnds = (scenes: readonly Scene[]): Ends => {
  const ends = new Map<string, End[]>()
  for (const scene of scenes) {
    for (const link of veths(scene)) {
      const { ifindex, link_index: other, link_netnsid: number = -1, ifname } = link
      if (other === undefined) continue
      const key = `${String(ifindex)} ${String(other)}`
      const found = ends.get(key) ?? []
      found.push({ namespace: scene.namespace, name: ifname, number })
      ends.set(key, found)
    }
  }
  return ends
}

/** The peer of a veth as NAME or NAMESPACE/NAME; "unknown" where it is in none that we read. */
const findPeer = (link: IpLink, scene: Scene, { ends, names, peers, reader }: Clues): string => {
  if (link.link !== undefined) return peerText(scene.namespace, link.link)
  const candidates = (ends.get(`${String(link.link_index)} ${String(link.ifindex)}`) ?? []).filter(
    ({ namespace }) => namespace !== scene.namespace,
  )
  // Indexes repeat across namespaces (N-12): where the kernel's number has a name, that decides.
  const number = link.link_netnsid ?? -1
  const name = scene.nameOfId.get(number)
  const pathOf = ({ namespace }: Pick<End, 'namespace'>): string =>
    reader.namespace(namespace)?.path ?? ''
  const named = candidates.filter((end) => pathOf(end) === `${netnsDirectory}/${String(name)}`)
  const found = name !== undefined && named.length > 0 ? named : candidates
  const textOf = ({ namespace, name: end }: End): string => peerText(namespace, end)
  // Nothing tells those apart that have no name: then it is the one that it should be.
  const wanted = peers.get(linkIdentity(scene.namespace, link.ifname))
  const asked = found.find((end) => textOf(end) === wanted)
  if (asked) return textOf(asked)
  // One that the kernel calls otherwise, or nothing, is not one of those with a name: seen from either end.
  const isOther = (end: End): boolean =>
    isCalledOtherwise(pathOf(end), scene.nameOfId, number) ||
    isCalledOtherwise(pathOf(scene), names.get(end.namespace), end.number)
  const [first] = found === named ? named : candidates.filter((end) => !isOther(end))
  return first ? textOf(first) : 'unknown'
}

const isCalledOtherwise = (
  path: string,
  names: Scene['nameOfId'] = new Map(),
  number: number,
): boolean =>
  names.has(number) &&
  path.startsWith(`${netnsDirectory}/`) &&
  path !== `${netnsDirectory}/${String(names.get(number))}`

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

const observeBridge = (data: Readonly<Record<string, unknown>>): Attributes => ({
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
  if (kind === 'bridge') return observeBridge(data)
  if (kind === 'vxlan')
    return { ...observePort(link), ...observeVxlan(data, endpoints.get(link.ifname)) }
  return kind === 'veth' ? { ...observePort(link), peer: peer() } : observePort(link)
}

/** What a record says of a device, if it is still the device that it was written for. */
const previousOf = (record: Json | undefined, index: number): Attributes | undefined => {
  const noted = record as { index: number; attributes: Attributes } | undefined
  return noted?.index === index ? noted.attributes : undefined
}

const observeLink = (link: IpLink, scene: Scene, clues: Clues): Link => ({
  kind: 'link',
  namespace: scene.namespace,
  name: link.ifname,
  type: link.linkinfo?.info_kind ?? 'device',
  index: link.ifindex,
  mark: Number(link.group),
  previous: previousOf(
    clues.reader.records.get(linkIdentity(scene.namespace, link.ifname)),
    link.ifindex,
  ),
  extras: extrasOf(link),
  attributes: {
    type: link.linkinfo?.info_kind ?? 'device',
    // The flag, never the operational state (N-26).
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    mac: link.address ?? null,
    bridge: link.linkinfo?.info_slave_kind === 'bridge' ? (link.master ?? null) : null,
    ...observeKind(link, scene, () => findPeer(link, scene, clues)),
  },
})

const markPairs = (links: readonly Link[]): readonly Link[] => {
  const marks = new Map(links.map(({ namespace, name, mark }) => [peerText(namespace, name), mark]))
  return links.map((link) => {
    const { peer } = link.attributes
    return typeof peer === 'string' ? { ...link, peerMark: marks.get(peer) } : link
  })
}

/** Every link of every namespace that is read. */
export const observeLinks = async (
  reader: Reader,
  desired: readonly Link[],
): Promise<readonly Link[]> => {
  const scenes = await Promise.all(
    reader.namespaces.map(async (namespace): Promise<Scene> => {
      const { links, namespaceIds } = await reader.ip(namespace)
      const nameOfId = new Map(namespaceIds.map(({ nsid, name }) => [nsid, name]))
      const endpoints = new Map(
        (await reader.fdb(namespace)).flatMap(({ ifname, dst }) =>
          ifname !== undefined && dst !== undefined ? [[ifname, dst]] : [],
        ),
      )
      return { namespace, links, nameOfId, endpoints }
    }),
  )
  const clues: Clues = {
    ends: indexEnds(scenes),
    names: new Map(scenes.map(({ namespace, nameOfId }) => [namespace, nameOfId])),
    peers: new Map(
      desired.map(({ namespace, name, attributes }) => [
        linkIdentity(namespace, name),
        attributes['peer'],
      ]),
    ),
    reader,
  }
  return markPairs(
    scenes.flatMap((scene) => scene.links.map((link) => observeLink(link, scene, clues))),
  )
}
