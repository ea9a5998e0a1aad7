import type { IpNeighbor } from '../kernel/ip.ts'
import type { Reader } from '../kernel/reader.ts'
import { familyOf } from '../net/addresses.ts'
import type { Aftermath, Kind, NamespaceName, Resource, Step } from './kind.ts'
import { inside, step, word } from './kind.ts'
import { losesIPv4, losesIPv6 } from './families.ts'
import { linkIdentity } from './link/link.ts'
import { changesMac, portsOf } from './link/mac.ts'

/** A static neighbour (ARP or NDP entry), or an address answered for by proxy. */
export interface Neighbor extends Resource {
  readonly kind: 'neighbor'
  readonly link: string
  readonly address: string
  readonly proxy: boolean
  /** Observed: learned by the kernel, and forgotten by it. */
  readonly learned?: boolean
  /** What else somebody gave it, as `ip` takes it: no file says it, and what is adopted keeps it. */
  readonly details?: readonly string[]
}

const identity = ({ namespace, link, address, proxy }: Neighbor): string =>
  `neighbor ${proxy ? 'proxy ' : ''}${address} on ${link}${inside(namespace)}`

const flags = ['router', 'extern_learn'] as const

const withDetails = (details: readonly string[] = []): Pick<Neighbor, 'details'> =>
  details.length === 0 ? {} : { details }

const observeOne = (found: IpNeighbor, namespace: NamespaceName, proxy: boolean): Neighbor => ({
  kind: 'neighbor',
  namespace,
  link: found.dev,
  address: found.dst,
  proxy,
  mark: Number(found.protocol ?? 0),
  learned: !proxy && found.state?.includes('PERMANENT') !== true,
  ...withDetails(flags.filter((flag) => flag in found)),
  attributes: proxy ? {} : { mac: found.lladdr ?? null },
})

const observe = async (reader: Reader): Promise<readonly Neighbor[]> => {
  const all = await Promise.all(
    reader.namespaces.map(async (namespace) => {
      const { neighbors, proxies } = await reader.ip(namespace)
      return [
        ...neighbors.map((found) => observeOne(found, namespace, false)),
        ...proxies.map((found) => observeOne(found, namespace, true)),
      ]
    }),
  )
  return all.flat()
}

// A link that goes down loses them all (N-55), as does one that gets another MAC or loses the family.
const survives = (neighbor: Neighbor, aftermath: Aftermath): Neighbor | undefined => {
  const { namespace, link, address } = neighbor
  if (aftermath.fate(linkIdentity(namespace, link)) !== undefined) return undefined
  const loses = familyOf(address) === 'inet' ? losesIPv4 : losesIPv6
  if (loses(namespace, link, aftermath)) return undefined
  return !neighbor.proxy && changesMac(namespace, link, aftermath) ? undefined : neighbor
}

const words = (neighbor: Neighbor): readonly string[] => {
  const { address, link, proxy, attributes, mark, details = [] } = neighbor
  const owner = mark === undefined || mark === 0 ? [] : ['protocol', String(mark)]
  if (proxy) return ['proxy', address, 'dev', link, ...details, ...owner]
  const mac = word(attributes['mac'])
  return [address, 'lladdr', mac, 'dev', link, 'nud', 'permanent', ...details, ...owner]
}

const isUnmarked = ({ mark = 0 }: Neighbor): boolean => mark === 0

const remove = ({ namespace, address, link, proxy }: Neighbor): Step => {
  const what = proxy ? ['proxy', address] : [address]
  return step(namespace, ['ip', 'neighbour', 'delete', ...what, 'dev', link])
}

/** Static neighbours (ip-neighbour(8)). */
export const neighborKind: Kind<Neighbor> = {
  name: 'neighbor',
  marked: true,
  identity,
  observe,
  owner: ({ learned, mark }, owner) => {
    if (learned === true) return 'kernel'
    return mark === owner.id ? 'ours' : 'foreign'
  },
  // What the kernel learned may be overruled.
  configures: (_, { learned }) => learned === true,
  resolve: (neighbor, observed) =>
    observed?.learned === true
      ? { ...neighbor, attributes: { ...neighbor.attributes, permanent: true } }
      : { ...neighbor, ...withDetails(observed?.details) },
  // Ports may give their bridge another MAC, so they come first.
  requires: ({ namespace, link }, world) => [
    linkIdentity(namespace, link),
    ...portsOf(namespace, link, world).map((port) => linkIdentity(namespace, port.name)),
  ],
  survives,
  restorable: ({ namespace, link, address }, aftermath) =>
    aftermath.remains(linkIdentity(namespace, link)) &&
    (familyOf(address) === 'inet' || !losesIPv6(namespace, link, aftermath)),
  steps: (edit) => {
    if (edit.action === 'delete') return [remove(edit.before)]
    const { namespace } = edit.after
    const write = step(namespace, ['ip', 'neighbour', 'replace', ...words(edit.after)])
    // The kernel knows no way to take a protocol away from an entry.
    return edit.action === 'update' && isUnmarked(edit.after) && !isUnmarked(edit.before)
      ? [remove(edit.before), write]
      : [write]
  },
}
