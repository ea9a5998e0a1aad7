import type { FdbEntry } from '../kernel/ip.ts'
import type { IpLink } from '../kernel/ip.ts'
import type { Reader } from '../kernel/reader.ts'
import { isMulticast } from '../net/addresses.ts'
import type { Aftermath, Attributes, Kind, NamespaceName, Resource } from './kind.ts'
import { inside, step } from './kind.ts'
import { linkIdentity } from './link/link.ts'
import { isNoted, noteLink } from './link/note.ts'
import { linkGroup } from './ownership.ts'

/**
 * A static forwarding entry: of a vxlan to a remote endpoint, or of a bridge to its port. The
 * all-zero MAC of a vxlan is its flood list, which has an entry an endpoint.
 */
export interface Fdb extends Resource {
  readonly kind: 'fdb'
  readonly link: string
  readonly mac: string
  /** The tunnel endpoint; undefined on a bridge port. */
  readonly remote: string | undefined
  /** To a multicast group, the underlay device: without it the kernel sends nowhere. */
  readonly via?: string | undefined
  /** Observed: the ifindex of the link. */
  readonly index?: number | undefined
}

const identity = ({ namespace, link, mac, remote }: Fdb): string =>
  `fdb ${mac}${remote === undefined ? '' : ` to ${remote}`} on ${link}${inside(namespace)}`

/** Flood lists have an entry an endpoint, every other MAC has one place to be. */
export const floodMac = '00:00:00:00:00:00'

/** A bridge's port and the entry that pins a MAC to it, or a vxlan's endpoint; nothing else is static. */
const isStatic = (entry: FdbEntry): boolean =>
  entry.dst === undefined
    ? entry.state === 'static' && entry.master !== undefined
    : entry.state === 'permanent' || entry.state === 'static'

const attributesOf = (entry: FdbEntry): Attributes => ({
  port: entry.port ?? null,
  vni: entry.vni ?? null,
})

const observeOne = (
  entry: FdbEntry,
  namespace: NamespaceName,
  links: ReadonlyMap<string, IpLink>,
): Fdb => {
  const link = links.get(entry.ifname ?? '')
  return {
    kind: 'fdb',
    namespace,
    link: entry.ifname ?? '',
    mac: entry.mac,
    remote: entry.dst,
    via: entry.viaIf,
    index: link?.ifindex,
    mark: Number(link?.group),
    attributes: entry.dst === undefined ? {} : attributesOf(entry),
  }
}

/** The static ones: learned entries and the kernel's own are nobody's to plan. */
const observe = async (reader: Reader): Promise<readonly Fdb[]> => {
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) => {
      const links = new Map((await reader.ip(namespace)).links.map((link) => [link.ifname, link]))
      const entries = await reader.fdb(namespace)
      return entries.filter(isStatic).map((entry) => observeOne(entry, namespace, links))
    }),
  )
  return all.flat()
}

/** The bridge of the port that an entry is at. */
const masterOf = ({ namespace, link }: Fdb, { observed }: Aftermath): string | undefined => {
  const master = observed.find(linkIdentity(namespace, link))?.attributes['bridge']
  return typeof master === 'string' ? linkIdentity(namespace, master) : undefined
}

const survives = (fdb: Fdb, aftermath: Aftermath): Fdb | undefined => {
  const carrier = linkIdentity(fdb.namespace, fdb.link)
  if (aftermath.gone(carrier)) return undefined
  if (fdb.remote !== undefined) return fdb
  // An entry of a bridge goes when the port leaves it (N-53).
  const master = masterOf(fdb, aftermath)
  const leaves = aftermath.changed(carrier, 'bridge') !== undefined
  return leaves || (master !== undefined && aftermath.gone(master)) ? undefined : fdb
}

const restorable = (fdb: Fdb, aftermath: Aftermath): boolean => {
  const carrier = linkIdentity(fdb.namespace, fdb.link)
  if (fdb.remote !== undefined) return aftermath.remains(carrier)
  return (
    aftermath.remains(carrier) &&
    aftermath.remains(masterOf(fdb, aftermath) ?? '') &&
    !aftermath.changed(carrier, 'bridge')
  )
}

const where = (fdb: Fdb): readonly string[] => {
  if (fdb.remote === undefined) return [fdb.mac, 'dev', fdb.link, 'master']
  const { port, vni } = fdb.attributes
  return [
    ...[fdb.mac, 'dev', fdb.link, 'dst', fdb.remote],
    ...(typeof port === 'number' ? ['port', String(port)] : []),
    ...(typeof vni === 'number' ? ['vni', String(vni)] : []),
    ...(fdb.via !== undefined && isMulticast(fdb.remote) ? ['via', fdb.via] : []),
    'self',
  ]
}

/** `append` neither minds nor doubles an entry that is there, and keeps the others of its MAC (N-51). */
const verb = ({ mac, remote }: Fdb): string =>
  remote !== undefined && mac === floodMac ? 'append' : 'replace'

/** Forwarding entries of vxlans and bridge ports (bridge(8), `bridge fdb`). */
export const fdbKind: Kind<Fdb> = {
  name: 'fdb',
  state: ({ index }) => index,
  identity,
  observe,
  owner: (fdb, owner) => {
    if (fdb.mark === linkGroup(owner)) return 'ours'
    return isNoted(owner.records.get(identity(fdb)), fdb.index) ? 'ours' : 'foreign'
  },
  configures: () => true,
  carrier: ({ namespace, link }) => linkIdentity(namespace, link),
  // Another port or VNI is another entry to the kernel.
  replaces: () => true,
  requires: ({ namespace, link }) => [linkIdentity(namespace, link)],
  // Two places of one MAC: `replace` moves it, so the old one must be gone before.
  claims: ({ namespace, link, mac }) =>
    mac === floodMac ? [] : [`mac ${mac} on ${link}${inside(namespace)}`],
  survives,
  restorable,
  steps: (edit) => {
    if (edit.action === 'update') return []
    if (edit.action === 'delete') {
      return [step(edit.before.namespace, ['bridge', 'fdb', 'delete', ...where(edit.before)])]
    }
    const fdb = edit.after
    const state = fdb.remote === undefined ? 'static' : 'permanent'
    return [step(fdb.namespace, ['bridge', 'fdb', verb(fdb), ...where(fdb), state])]
  },
  record: (after, before, ownership, observed) => {
    if (after.mark !== undefined || (before && ownership !== 'ours')) return undefined
    return noteLink(after.namespace, after.link, observed)
  },
}
