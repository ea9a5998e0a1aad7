import { ownerId } from '../resources/ownership.ts'
import { describeNode } from '../import/index.ts'
import type { Draft } from '../import/draft.ts'
import type { Scope } from '../import/scene.ts'
import { usualParameters } from '../kernel/usual.ts'
import { listNamespaces, readNamespaceFile } from '../kernel/namespaces.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { Backend } from '../iptables/restore.ts'
import { netnsDirectory } from '../net/namespaces.ts'
import type { Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'
import type { Namespace } from '../resources/namespace.ts'
import type { Host } from './host.ts'
import { openView } from './view.ts'
import type { Observation } from './view.ts'

/** What of a node is to be described, and for whom. */
export interface Request {
  readonly host: Host
  /** The node is a namespace that was named. */
  readonly isNamed: boolean
  readonly snapshot?: Snapshot | undefined
  readonly owner: string
  readonly scope: Scope
  readonly daemons: boolean
  readonly iptables: Backend | undefined
}

interface Origin {
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

/** Names below /run/netns, one for each namespace but the node's own. */
const listOthers = async ({ node }: Host): Promise<readonly Origin[]> => {
  const seen = new Set([node.inode])
  const found: Origin[] = []
  for (const name of await listNamespaces()) {
    const path = `${netnsDirectory}/${name}`
    const file = await readNamespaceFile(path)
    if (!file || file.stale || seen.has(file.inode) || /\s/.test(name)) continue
    seen.add(file.inode)
    found.push({ name, path })
  }
  return found
}

const ofSnapshot = ({ namespaces }: Snapshot): readonly Origin[] =>
  namespaces.flatMap(({ name, path, exists }) =>
    name === '' || path === null || !exists ? [] : [{ name, path }],
  )

type Look = (resources: readonly Resource[]) => Promise<Observation>

/** Those that a veth of the node leads to, as the kernel names them. */
const neighborsOf = async (look: Look, all: readonly Origin[]): Promise<readonly Origin[]> => {
  const { reader } = await look([])
  const { links, namespaceIds } = await reader.ip('')
  const numbers = new Set(links.map(({ link_netnsid: number }) => number))
  const names = new Set(namespaceIds.flatMap(({ nsid, name }) => (numbers.has(nsid) ? [name] : [])))
  return all.filter(({ name }) => names.has(name))
}

const hasOtherEnd = ({ attributes: { peer } }: Link, names: ReadonlySet<string>): boolean => {
  if (typeof peer !== 'string') return true
  if (peer === 'unknown') return false
  const at = peer.indexOf('/')
  return at < 0 || names.has(peer.slice(0, at))
}

/** Those of which every veth leads to the node, or to another one of them: a switch for many nodes is none. */
const onlyOfNode = async (look: Look, all: readonly Origin[]): Promise<readonly Origin[]> => {
  const { observed } = await look(all.map(namespaceOf))
  const links = observed.filter((one): one is Link => one.kind === 'link' && one.namespace !== '')
  let kept = all
  for (;;) {
    const names = new Set(kept.map(({ name }) => name))
    const next = kept.filter(({ name }) =>
      links.every((link) => link.namespace !== name || hasOtherEnd(link, names)),
    )
    if (next.length === kept.length) return kept
    kept = next
  }
}

/** The namespaces that belong to the node. */
const findNamespaces = async (request: Request, look: Look): Promise<readonly Origin[]> => {
  const { host, isNamed, snapshot } = request
  if (snapshot) return ofSnapshot(snapshot)
  const all = await listOthers(host)
  return isNamed ? onlyOfNode(look, await neighborsOf(look, all)) : all
}

const parametersOf = (namespace: string, { observed }: Observation): readonly Resource[] => {
  const names = observed
    .filter((one): one is Link => one.kind === 'link' && one.namespace === namespace)
    .map(({ name }) => name)
  return usualParameters(names).map((path) => {
    const parameter = { kind: 'sysctl', namespace, path, attributes: {} }
    return parameter
  })
}

/** What a node has, as a configuration. */
export const describeHost = async (request: Request): Promise<Draft> => {
  const { host, owner: name, scope, daemons, iptables } = request
  const records = await host.records()
  const others = records.filter(({ owner }) => owner !== name)
  const id = records.find(({ owner }) => owner === name)?.ownerId ?? ownerId(name)
  const look: Look = (resources) =>
    openView(host, { owner: { name, id }, resources }, { adopt: false, iptables }).observe()
  const namespaces = (await findNamespaces(request, look)).map(namespaceOf)
  const first = await look(namespaces)
  const spaces = ['', ...namespaces.map((one) => one.name)]
  const parameters = spaces.flatMap((space) => parametersOf(space, first))
  const { observed, owner } = await look([...namespaces, ...parameters])
  return describeNode({ observed, owner, scope, others, daemons })
}
