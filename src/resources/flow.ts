import type { Reader } from '../kernel/reader.ts'
import type { Family } from '../net/addresses.ts'
import { ownerOfChain } from './firewall.ts'
import type { Kind, Resource, Step } from './kind.ts'
import { readServed } from './served.ts'
import type { Served } from './served.ts'
import { findStale } from './stale-flows.ts'

/**
 * UDP flows that conntrack (conntrack(8)) still leads where no endpoint is any more: it looks at rules
 * for the first packet of a flow alone, and a client that goes on sending keeps the flow alive.
 */
export interface Flows extends Resource {
  readonly kind: 'flow'
  readonly family: Family
  /** Desired: where the UDP ports of services lead. */
  readonly served?: Served | undefined
}

const flowsIdentity = ({ family, mark }: Flows): string =>
  `${family === 'inet' ? 'IPv4' : 'IPv6'} flows of services of NP${String(mark)}`

const nobody: Served = { addresses: new Map(), ports: new Map(), networks: [] }

/** The owners whose services there are, or were when this began. */
const ownersIn = async (reader: Reader, family: Family): Promise<ReadonlyMap<number, Served>> => {
  const firewalls = [await reader.firewall(false), reader.earlier]
  const owners = new Map<number, Served>()
  for (const firewall of firewalls) {
    const nat = firewall?.tables[family].get('nat')
    if (!nat) continue
    for (const name of nat.keys()) {
      const id = ownerOfChain(name)
      // What there was is what was first read: the earlier comes last, and counts.
      if (id !== undefined && name.endsWith('-SERVICES')) owners.set(id, readServed(nat, id))
    }
  }
  return owners
}

const localAddresses = async (reader: Reader): Promise<ReadonlySet<string>> => {
  const { links } = await reader.ip('')
  return new Set(links.flatMap(({ addr_info: all }) => all.map(({ local }) => local)))
}

const isServing = ({ addresses, ports, networks }: Served): boolean =>
  addresses.size > 0 || ports.size > 0 || networks.length > 0

const observeFamily = async (
  reader: Reader,
  family: Family,
  desired: readonly Flows[],
): Promise<readonly Flows[]> => {
  const before = await ownersIn(reader, family)
  const wanted = new Map(desired.map(({ mark = 0, served = nobody }) => [mark, served]))
  const ids = [...new Set([...before.keys(), ...wanted.keys()])]
  const serving = ids.some((id) => [before, wanted].some((one) => isServing(one.get(id) ?? nobody)))
  const flows = serving ? await reader.flows(family) : []
  const local = flows?.length ? await localAddresses(reader) : new Set()
  return ids.map((id) => {
    const [now, then] = [wanted.get(id) ?? nobody, before.get(id) ?? nobody]
    const stale = findStale(flows ?? [], now, then, (address) => local.has(address))
    const attributes = { stale }
    return { kind: 'flow', namespace: '', family, mark: id, attributes }
  })
}

const described = /^(\S+):(\d+) at (\S+):(\d+)$/

const bare = (address: string): string => address.replace(/^\[|\]$/g, '')

const deletion = (family: Family, text: string): readonly Step[] => {
  const [, to = '', port = '', replier = '', replierPort = ''] = described.exec(text) ?? []
  const version = family === 'inet' ? 'ipv4' : 'ipv6'
  const argv = [
    ...['conntrack', '-D', '-f', version, '-p', 'udp'],
    ...['--orig-dst', bare(to), '--orig-port-dst', port],
    ...['--reply-src', bare(replier), '--reply-port-src', replierPort],
  ]
  return [{ argv, mayBeGone: true }]
}

/** Flows of UDP services. Those of TCP may end where they are: the client notices when it is gone. */
export const flowKind: Kind<Flows> = {
  name: 'flow',
  identity: flowsIdentity,
  title: ({ family }) => `${family === 'inet' ? 'IPv4' : 'IPv6'} flows without an endpoint`,
  afterwards: true,
  observe: async (reader, desired) => {
    const all = await Promise.all(
      (['inet', 'inet6'] as const).map((family) =>
        observeFamily(
          reader,
          family,
          desired.filter((one) => one.family === family),
        ),
      ),
    )
    return all.flat()
  },
  owner: ({ mark }, owner) => (mark === owner.id ? 'ours' : 'foreign'),
  abandon: (flows) => ({ ...flows, attributes: { stale: [] } }),
  requires: () => [],
  steps: (edit) => {
    if (edit.action !== 'update') return []
    const { stale } = edit.before.attributes
    return Array.isArray(stale)
      ? (stale as readonly string[]).flatMap((one) => deletion(edit.after.family, one))
      : []
  },
}
