import type { Backend, Firewall } from '../iptables/restore.ts'
import type { Family } from '../net/addresses.ts'
import type { Answers, Place, Site } from './answers.ts'
import { read, readDump, readIds, readRules6 } from './dump.ts'
import { readFirewall } from './firewall.ts'
import { listFlows, parseFlows } from './flows.ts'
import { parseLines } from './ip.ts'
import type { FdbEntry, IpDump, IpLink } from './ip.ts'
import { readListeners } from './listeners.ts'
import { liveAnswers } from './live.ts'
import { NodeError } from './namespaces.ts'
import type { Node } from './namespaces.ts'
import type { Flow, Ipv6Rules, Json, NamespaceFile, Reader } from './reader.ts'
import { StartError } from './run.ts'

const hasForwardingTable = (link: IpLink): boolean =>
  link.master !== undefined || ['vxlan', 'bridge'].includes(link.linkinfo?.info_kind ?? '')

const readFdb = async (dump: IpDump, site: Site): Promise<readonly FdbEntry[]> =>
  dump.links.some(hasForwardingTable)
    ? ((parseLines(await read(site, ['bridge', '-j', '-d', 'fdb', 'show']))[0] ?? []) as FdbEntry[])
    : []

/** What cannot be listed cannot be mended: who may not, or has no conntrack, is told so elsewhere. */
const readFlows = async (
  family: Family,
  { answers, netns }: Site,
): Promise<readonly Flow[] | undefined> => {
  try {
    const { code, stdout } = await answers.run({ argv: listFlows(family), netns })
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
  /** Those that it is about: of others there are none, as read; default both. */
  readonly families?: readonly Family[] | undefined
  /** What they are, where nothing can have changed them; undefined: nobody knows. */
  readonly known?: Firewall | undefined
}

export interface ReaderOptions {
  readonly records: ReadonlyMap<string, Json>
  /** Default: nobody knows. */
  readonly ipv6Rules?: Ipv6Rules | undefined
  /** What other owners noted; default nothing. */
  readonly shared?: ReadonlySet<string>
  readonly firewall?: FirewallChoice
  readonly earlier?: Firewall | undefined
  /** Who is asked; default the running kernel. */
  readonly answers?: Answers | undefined
}

/** Reads rules once, when first asked for. */
const firewallReader = (
  { answers, netns }: Site,
  { backend, clears = false, known, ...rest }: FirewallChoice,
): Reader['firewall'] => {
  let reading = known && Promise.resolve<Firewall | undefined>(known)
  return async (needed) => {
    try {
      reading ??= readFirewall({ answers, netns, backend, clears, ...rest })
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

const findFiles = async (
  answers: Answers,
  places: readonly Place[],
): Promise<ReadonlyMap<string, NamespaceFile>> => {
  const files = new Map<string, NamespaceFile>()
  await Promise.all(
    places.map(async (place) => {
      const { name, inode } = place
      const file = await answers.namespaceFile(place)
      if (file && (inode === undefined || inode === file.inode)) files.set(name, file)
    }),
  )
  return files
}

/**
 * A reader of the running kernel, or of whoever else answers for a node.
 *
 * @param places the namespaces beside the node's own; those that do not exist are left out
 * @throws NodeError (from its methods) where a read is refused
 */
export const openReader = async (
  node: Pick<Node, 'path'>,
  places: readonly Place[],
  { records, ipv6Rules, answers = liveAnswers, ...rest }: ReaderOptions,
): Promise<Reader> => {
  const { shared = new Set(), firewall = {}, earlier } = rest
  const files = await findFiles(answers, places)
  const live = places.map(({ name }) => name).filter((name) => files.get(name)?.stale === false)
  const siteOf = (name: string): Site => ({
    answers,
    netns: name === '' ? node.path : files.get(name)?.path,
  })
  const own = siteOf('')
  const dump = once((name) => readDump(siteOf(name), name === ''))
  const listeners = once(() => readListeners(own))
  return {
    namespaces: ['', ...live],
    namespace: (name) => files.get(name),
    ip: async (name) => (await dump(name)).ip,
    ipv6Rules,
    rules6: once((name) => readRules6(siteOf(name))),
    namespaceIds: once(async (name) => (await dump(name)).ids ?? readIds(siteOf(name))),
    fdb: once(async (name) => readFdb((await dump(name)).ip, siteOf(name))),
    sysctls: (name, paths) => answers.sysctls(siteOf(name).netns, paths),
    firewall: firewallReader(own, firewall),
    earlier,
    flows: once((family) => readFlows(family as Family, own)),
    listeners: () => listeners(''),
    records,
    shared,
  }
}
