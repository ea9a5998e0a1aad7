import { ownerId } from '../resources/ownership.ts'
import { describeNode } from '../import/index.ts'
import type { Draft } from '../import/draft.ts'
import type { Scope } from '../import/scene.ts'
import { openReader } from '../kernel/open.ts'
import type { Reader } from '../kernel/reader.ts'
import { usualParameters } from '../kernel/usual.ts'
import { listNamespaces, readNamespaceFile } from '../kernel/namespaces.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { Backend } from '../iptables/restore.ts'
import { netnsDirectory } from '../net/namespaces.ts'
import type { Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'
import { observeLinks } from '../resources/link/observe.ts'
import type { Namespace } from '../resources/namespace.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Host } from './host.ts'
import { openView } from './view.ts'

/** What of a node is to be described, and for whom. */
export interface Request {
  readonly host: Host
  /** The node is a namespace that was named. */
  readonly isNamed: boolean
  readonly snapshot?: Snapshot | undefined
  readonly owner: string
  /** Namespaces of a file, whatever their names. */
  readonly known?: readonly Origin[]
  readonly scope: Scope
  readonly daemons: boolean
  readonly iptables: Backend | undefined
}

/** A namespace, and the file to enter it by. */
export interface Origin {
  readonly name: string
  readonly path: string
}

const namespaceOf = ({ name, path }: Origin): Namespace => ({
  kind: 'namespace',
  namespace: '',
  name,
  path,
  managed: path === `${netnsDirectory}/${name}`,
  attributes: {},
})

/** Each namespace once, by its first name, and the node's own not at all. */
const unique = async (all: readonly Origin[], { node }: Host): Promise<readonly Origin[]> => {
  const seen = new Set([node.inode])
  const found: Origin[] = []
  for (const one of all) {
    const file = await readNamespaceFile(one.path)
    if (!file || file.stale || seen.has(file.inode) || /\s/.test(one.name)) continue
    seen.add(file.inode)
    found.push(one)
  }
  return found
}

/** What the node itself is called below /run/netns. */
const namesOf = async (all: readonly Origin[], { node }: Host): Promise<readonly string[]> => {
  const files = await Promise.all(all.map(({ path }) => readNamespaceFile(path)))
  return all.filter((_, at) => files[at]?.inode === node.inode).map(({ name }) => name)
}

const listNamed = async (): Promise<readonly Origin[]> =>
  (await listNamespaces()).map((name) => ({ name, path: `${netnsDirectory}/${name}` }))

const ofSnapshot = ({ namespaces }: Snapshot): readonly Origin[] =>
  namespaces.flatMap(({ name, path, exists }) =>
    name === '' || path === null || !exists ? [] : [{ name, path }],
  )

/** The links of a node, and who reads it. */
interface Links {
  readonly reader: Reader
  readonly links: readonly Link[]
}

/** Which links there are says where else to look: nothing else is read for that. */
const readLinks = (host: Host, places: readonly Origin[]): Promise<Links> =>
  host.look(async () => {
    const { node, answers } = host
    const reader = await openReader(node, places, { records: new Map(), answers })
    return { reader, links: await observeLinks(reader, []) }
  })

/** Those that a veth of the node leads to, as the kernel names them. */
const neighborsOf = async (host: Host, all: readonly Origin[]): Promise<readonly Origin[]> => {
  const { reader } = await readLinks(host, [])
  const { links } = await reader.ip('')
  const namespaceIds = await reader.namespaceIds('')
  const numbers = new Set(links.map(({ link_netnsid: number }) => number))
  const names = new Set(namespaceIds.flatMap(({ nsid, name }) => (numbers.has(nsid) ? [name] : [])))
  return all.filter(({ name }) => names.has(name))
}

/** Whether each veth leads to the node, or to one of these: the kernel's numbers say it, as far as they have names. */
const leadsHome = async (
  { reader, links: all }: Links,
  namespace: string,
  names: ReadonlySet<string>,
): Promise<boolean> => {
  const peers = new Map(
    all
      .filter((one) => one.namespace === namespace)
      .map(({ name, attributes }) => [name, attributes['peer']]),
  )
  const { links } = await reader.ip(namespace)
  const namespaceIds = await reader.namespaceIds(namespace)
  const nameOf = new Map(namespaceIds.map(({ nsid, name }) => [nsid, name]))
  return links.every(({ ifname, link_netnsid: number }) => {
    const peer = peers.get(ifname)
    if (typeof peer !== 'string') return true
    if (peer === 'unknown') return false
    const name = number === undefined ? undefined : nameOf.get(number)
    return name === undefined || names.has(name)
  })
}

/** Those of which every veth leads to the node, or to another one of them: a switch for many nodes is none. */
const onlyOfNode = async (
  host: Host,
  all: readonly Origin[],
  ownNames: readonly string[],
): Promise<readonly Origin[]> => {
  let kept = all
  for (;;) {
    const seen = await readLinks(host, kept)
    const names = new Set([...ownNames, ...kept.map(({ name }) => name)])
    const home = await Promise.all(kept.map(({ name }) => leadsHome(seen, name, names)))
    const next = kept.filter((_, at) => home[at])
    if (next.length === kept.length) return kept
    kept = next
  }
}

/** The namespaces that belong to the node. */
const findNamespaces = async (request: Request): Promise<readonly Origin[]> => {
  const { host, isNamed, snapshot, known = [] } = request
  if (snapshot) return ofSnapshot(snapshot)
  const listed = await listNamed()
  const named = await unique(listed, host)
  const own = isNamed
    ? await onlyOfNode(host, await neighborsOf(host, named), await namesOf(listed, host))
    : named
  return unique([...known, ...own], host)
}

const parametersOf = (namespace: string, links: readonly Link[]): readonly Resource[] => {
  const names = links.filter((one) => one.namespace === namespace).map(({ name }) => name)
  return usualParameters(names).map((path) => {
    const parameter = { kind: 'sysctl', namespace, path, attributes: {} }
    return parameter
  })
}

/** As the schema has it. */
const ownerName = /^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$/

/** The name of an owner, as it may stand in a file. */
export const checkOwner = (name: string): string => {
  if (ownerName.test(name)) return name
  const message = `${JSON.stringify(name)} is no name of an owner: [a-z0-9-], at most 16 characters`
  throw new Failure(exitCodes.usage, 'usage', message)
}

/** What a node has, as a configuration. */
export const describeHost = async (request: Request): Promise<Draft> => {
  const { host, owner: name, scope, daemons, iptables } = request
  const records = await host.records()
  const others = records.filter(({ owner }) => owner !== name)
  const id = records.find(({ owner }) => owner === name)?.ownerId ?? ownerId(name)
  const origins = await findNamespaces(request)
  const { links } = await readLinks(host, origins)
  const spaces = ['', ...origins.map((one) => one.name)]
  const parameters = spaces.flatMap((space) => parametersOf(space, links))
  const wish = { owner: { name, id }, resources: [...origins.map(namespaceOf), ...parameters] }
  const view = openView(host, wish, { adopt: false, iptables })
  const { observed, owner } = await view.observe()
  return describeNode({ observed, owner, scope, others, daemons })
}
