import type { FdbEntry, IpDump, IpRule, NamespaceId } from '../../src/kernel/ip.ts'
import type { Backend } from '../../src/iptables/restore.ts'
import { parseSave } from '../../src/iptables/save.ts'
import type { Json, Listener, NamespaceFile, Reader } from '../../src/kernel/reader.ts'

export interface RecordedDump extends IpDump {
  readonly namespaceIds: readonly NamespaceId[]
}

/** What a reader read, as a file: `observed.json` of a case. */
export interface Fixture {
  readonly files: Readonly<Record<string, NamespaceFile>>
  readonly namespaces: Readonly<
    Record<
      string,
      {
        readonly ip: RecordedDump
        readonly rules6?: readonly IpRule[]
        readonly fdb: readonly FdbEntry[]
        readonly sysctls: Readonly<Record<string, string>>
      }
    >
  >
  readonly records: Readonly<Record<string, Json>>
  /** What iptables-save printed; none where iptables was not there. */
  readonly firewall?: { readonly backend: Backend; readonly inet: string; readonly inet6: string }
  /** What `ss` printed; none where it was not there. */
  readonly listeners?: readonly Listener[]
}

const loopback: RecordedDump = {
  links: [{ ifindex: 1, ifname: 'lo', flags: ['UP'], mtu: 65536, group: '0', addr_info: [] }],
  routes: [],
  rules: [],
  neighbors: [],
  proxies: [],
  namespaceIds: [],
}

/** A node that has nothing but `lo`. */
export const emptyNode: Fixture = {
  files: {},
  namespaces: { '': { ip: loopback, fdb: [], sysctls: { 'net/ipv4/ip_forward': '0' } } },
  records: {},
  firewall: { backend: 'nft', inet: '', inet6: '' },
}

/** A reader of what was once read. */
export const readFixture = ({
  files,
  namespaces,
  records,
  firewall,
  listeners,
}: Fixture): Reader => ({
  namespaces: Object.keys(namespaces),
  namespace: (name) => files[name],
  ip: (name) => Promise.resolve(namespaces[name]?.ip ?? loopback),
  ipv6Rules: undefined,
  rules6: (name) => Promise.resolve(namespaces[name]?.rules6 ?? []),
  namespaceIds: (name) => Promise.resolve(namespaces[name]?.ip.namespaceIds ?? []),
  fdb: (name) => Promise.resolve(namespaces[name]?.fdb ?? []),
  sysctls: (name, paths) => {
    const known = namespaces[name]?.sysctls ?? {}
    return Promise.resolve(
      new Map(paths.flatMap((path) => (known[path] === undefined ? [] : [[path, known[path]]]))),
    )
  },
  shared: new Set(),
  records: new Map(Object.entries(records)),
  earlier: undefined,
  flows: () => Promise.resolve([]),
  listeners: () => Promise.resolve(listeners),
  firewall: () =>
    Promise.resolve(
      firewall && {
        backend: firewall.backend,
        plain: false,
        tables: { inet: parseSave(firewall.inet), inet6: parseSave(firewall.inet6) },
      },
    ),
})

/** Everything that a reader answers, as a fixture. */
export const recordFixture = async (
  reader: Reader,
  sysctls: readonly string[],
): Promise<Fixture> => {
  const namespaces: Record<string, Fixture['namespaces'][string]> = {}
  const files: Record<string, NamespaceFile> = {}
  for (const name of reader.namespaces) {
    const file = reader.namespace(name)
    if (file) files[name] = file
    namespaces[name] = {
      ip: { ...(await reader.ip(name)), namespaceIds: await reader.namespaceIds(name) },
      rules6: await reader.rules6(name),
      fdb: await reader.fdb(name),
      sysctls: Object.fromEntries(await reader.sysctls(name, sysctls)),
    }
  }
  return { files, namespaces, records: Object.fromEntries(reader.records) }
}
