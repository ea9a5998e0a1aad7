import pLimit from 'p-limit'
import type { Backend, Firewall } from '../iptables/restore.ts'
import type { Family } from '../net/addresses.ts'
import { readFirewall } from './firewall.ts'
import { listFlows, parseFlows } from './flows.ts'
import { parseLines } from './ip.ts'
import type { FdbEntry, IpDump, IpLink, IpNeighbor, IpRoute, IpRule } from './ip.ts'
import { readListeners } from './listeners.ts'
import { NodeError, readNamespaceFile } from './namespaces.ts'
import type { Node } from './namespaces.ts'
import type { Flow, Json, NamespaceFile, Reader } from './reader.ts'
import { run, StartError } from './run.ts'

/** A namespace to read: its name in the configuration and the file to enter it by. */
export interface Place {
  readonly name: string
  readonly path: string
  /** Only if it is this one still. */
  readonly inode?: number
}

// `addr` holds the links too. Unfiltered dumps only: a filter hides the filtered key (N-04).
// `-N` because names of tables and protocols depend on files (N-06).
const dumpLines = [
  'addr show',
  'route show table all',
  'rule show',
  'neigh show',
  'neigh show proxy',
  'netns list-id',
]

// A child costs Node milliseconds of its one thread, and the machine memory: more at a time gain nothing.
const limit = pLimit(4)

const read = async (
  argv: readonly string[],
  netns: string | undefined,
  stdin?: string,
): Promise<string> => {
  const command = stdin === undefined ? { argv, netns } : { argv, netns, stdin }
  const { code, stdout, stderr } = await limit(run, command)
  if (code === 0) return stdout
  const where = netns === undefined ? '' : ` in ${netns}`
  const denied = /not permitted|denied/i.test(stderr)
  throw new NodeError(
    `${argv.join(' ')}${where} failed (${String(code)}): ${stderr.trim()}`,
    denied ? 'EPERM' : 'EIO',
  )
}

const readIp = async (netns: string | undefined): Promise<IpDump> => {
  const [batch, rules6] = await Promise.all([
    read(['ip', '-j', '-N', '-d', '-batch', '-'], netns, `${dumpLines.join('\n')}\n`),
    read(['ip', '-6', '-j', '-N', '-d', 'rule', 'show'], netns),
  ])
  const [links, routes, rules, neighbors, proxies, ids] = parseLines(batch)
  return {
    links: links as IpLink[],
    routes: routes as IpRoute[],
    rules: { inet: rules as IpRule[], inet6: (parseLines(rules6)[0] ?? []) as IpRule[] },
    neighbors: neighbors as IpNeighbor[],
    proxies: proxies as IpNeighbor[],
    namespaceIds: ids as { nsid: number; name?: string }[],
  }
}

const hasForwardingTable = (link: IpLink): boolean =>
  link.master !== undefined || ['vxlan', 'bridge'].includes(link.linkinfo?.info_kind ?? '')

const readFdb = async (dump: IpDump, netns: string | undefined): Promise<readonly FdbEntry[]> =>
  dump.links.some(hasForwardingTable)
    ? ((parseLines(await read(['bridge', '-j', '-d', 'fdb', 'show'], netns))[0] ??
        []) as FdbEntry[])
    : []

const procSys = '/proc/sys/'

// /proc/sys/net shows the namespace of the process that looks: so a process looks, once for all.
const readSysctls = async (
  paths: readonly string[],
  netns: string | undefined,
): Promise<ReadonlyMap<string, string>> => {
  if (paths.length === 0) return new Map()
  const files = paths.map((path) => procSys + path)
  const { stdout } = await limit(run, { argv: ['grep', '-sH', '', '--', ...files], netns })
  const values = new Map<string, string>()
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const at = line.indexOf(':')
    const path = line.slice(procSys.length, at)
    const value = line
      .slice(at + 1)
      .trim()
      .replaceAll(/\s+/g, ' ')
    // A value of several lines: grep prints a line each.
    values.set(path, values.has(path) ? `${String(values.get(path))} ${value}` : value)
  }
  return values
}

/** What cannot be listed cannot be mended: who may not, or has no conntrack, is told so elsewhere. */
const readFlows = async (
  family: Family,
  netns: string | undefined,
): Promise<readonly Flow[] | undefined> => {
  try {
    const { code, stdout } = await limit(run, { argv: listFlows(family), netns })
    return code === 0 ? parseFlows(stdout) : undefined
  } catch (error) {
    if (error instanceof StartError && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A promise made once for each key. */
const once = <T>(make: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
  const made = new Map<string, Promise<T>>()
  return (key) => {
    const found = made.get(key)
    if (found) return found
    const promise = make(key)
    made.set(key, promise)
    return promise
  }
}

/** How the caller wants rules to be read. */
interface FirewallChoice {
  /** The backend that the caller asks for; undefined: the one in use. */
  readonly backend?: Backend | undefined
  /** What is ours is to go. */
  readonly clears?: boolean
  /** What the names of our chains begin with. */
  readonly prefix?: string
}

export interface ReaderOptions {
  readonly records: ReadonlyMap<string, Json>
  readonly firewall?: FirewallChoice
  readonly earlier?: Firewall | undefined
}

/** Reads rules once, when first asked for. */
const firewallReader = (
  netns: string | undefined,
  { backend, clears = false, prefix }: FirewallChoice,
): Reader['firewall'] => {
  let reading: Promise<Firewall | undefined> | undefined
  return async (needed) => {
    try {
      reading ??= readFirewall({ netns, backend, clears, prefix })
      const found = await reading
      if (found || !needed) return found
    } catch (error) {
      // Who may not read rules may still plan what has nothing to do with them.
      if (!needed && error instanceof NodeError && error.code === 'EPERM') return undefined
      throw error
    }
    throw new StartError(backend === undefined ? 'iptables' : `iptables-${backend}-save`, 'ENOENT')
  }
}

/**
 * A reader of the running kernel.
 *
 * @param places the namespaces beside the node's own; those that do not exist are left out
 * @throws NodeError (from its methods) where a read is refused
 */
export const openReader = async (
  node: Node,
  places: readonly Place[],
  { records, firewall = {}, earlier }: ReaderOptions,
): Promise<Reader> => {
  const files = new Map<string, NamespaceFile>()
  await Promise.all(
    places.map(async ({ name, path, inode }) => {
      const file = await readNamespaceFile(path)
      if (file && (inode === undefined || inode === file.inode)) files.set(name, file)
    }),
  )
  const live = places.map(({ name }) => name).filter((name) => files.get(name)?.stale === false)
  const netnsOf = (name: string): string | undefined =>
    name === '' ? node.path : files.get(name)?.path
  const ip = once((name) => readIp(netnsOf(name)))
  const listeners = once(() => readListeners(node.path))
  return {
    namespaces: ['', ...live],
    namespace: (name) => files.get(name),
    ip,
    fdb: once(async (name) => readFdb(await ip(name), netnsOf(name))),
    sysctls: (name, paths) => readSysctls(paths, netnsOf(name)),
    firewall: firewallReader(node.path, firewall),
    earlier,
    flows: once((family) => readFlows(family as Family, node.path)),
    listeners: () => listeners(''),
    records,
  }
}
