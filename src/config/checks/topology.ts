import { canonicalAddress, withoutLength } from '../../net/addresses.ts'
import type {
  Bridge,
  Config,
  Interface,
  Peer,
  Route,
  Veth,
  Vxlan,
  WrittenConfig,
} from '../config.ts'
import type { DiagnosticCode } from '../diagnostics.ts'
import type { Path } from '../located.ts'
import { describeEntry } from '../subjects.ts'
import { listServices, type ServiceEntry } from './service-entries.ts'

/** Something wrong at a path of the configuration; `checkReferences` finds the line. */
export interface Problem {
  readonly severity?: 'warning'
  readonly code: DiagnosticCode
  readonly message: string
  readonly path: Path
  /** To show the key of a scalar, where it is the key that should not be there. */
  readonly part?: 'key'
  /** To show a word of the text: where it is in the value. */
  readonly within?: { readonly at: number; readonly length: number }
  readonly hint?: string | undefined
  readonly related?: Path | undefined
}

/** One rule of what belongs together. Checks look at a configuration that the schema has passed. */
export type Check = (topology: Topology) => readonly Problem[]

/** Every key that a link of any section may have. */
type AnyLink = Partial<Interface & Bridge & Veth & Vxlan & Peer>

type LinkKind = 'interface' | 'bridge' | 'veth' | 'peer' | 'vxlan'

/** A link of any section, peers of veths included. */
export interface Link {
  readonly kind: LinkKind
  readonly name: string
  /** For a sentence: 'bridge br0'. */
  readonly title: string
  readonly path: Path
  /** Where its name stands: its key, or a peer's `name`. */
  readonly namePath: Path
  /** '' is the node's own. */
  readonly namespace: string
  readonly data: AnyLink
}

/** The configuration as what is in which namespace. */
export interface Topology {
  readonly config: Config
  readonly links: readonly Link[]
  /** By namespace and name; of two of one name, the first. */
  readonly devices: ReadonlyMap<string, ReadonlyMap<string, Link>>
  /** By namespace and address: who has it. */
  readonly holders: ReadonlyMap<string, ReadonlyMap<string, Link>>
  readonly services: readonly ServiceEntry[]
  readonly routes: readonly RouteEntry[]
}

/** A route of any place; one of a link has its device. */
export interface RouteEntry {
  readonly route: Route
  /** The list that it stands in, and its place there. */
  readonly list: Path
  readonly index: number
  readonly namespace: string
  /** The link that the route stands at. */
  readonly link: string | undefined
}

/** A namespace with the sections that it shares with the node: '' is the node itself. */
export interface Space {
  readonly name: string
  readonly path: Path
  readonly data: Pick<Config, 'routes' | 'rules' | 'sysctls'>
}

export const mapTopology = (config: Config): Topology => {
  const links = listLinks(config)
  const devices = mapLinks(links, ({ name }) => [name])
  const holders = mapLinks(links, ({ data: { addresses = [] } }) =>
    addresses.map((text) => canonicalAddress(withoutLength(text))),
  )
  const routes = listRoutes(links, listSpaces(config))
  return { config, links, devices, holders, services: listServices(config), routes }
}

/** By namespace and key; of two of one key, the first. */
const mapLinks = (
  links: readonly Link[],
  keysOf: (link: Link) => readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, Link>> => {
  const spaces = new Map<string, Map<string, Link>>()
  for (const link of links) {
    const known = spaces.get(link.namespace) ?? new Map<string, Link>()
    spaces.set(link.namespace, known)
    for (const key of keysOf(link)) if (!known.has(key)) known.set(key, link)
  }
  return spaces
}

/** The node and its namespaces. */
export const listSpaces = (config: Config): readonly Space[] => [
  { name: '', path: [], data: config },
  ...Object.entries(config.namespaces ?? {}).map(([name, data]) => ({
    name,
    path: ['namespaces', name],
    data,
  })),
]

/** 'namespace pod1', or 'the node's own namespace'. */
export const describeSpace = (namespace: string): string =>
  namespace === '' ? "the node's own namespace" : `namespace ${namespace}`

/** There may be tens of thousands of services and of routes: of what is right a check makes nothing. */
export const none: readonly Problem[] = []

/** What a check says of each of many, most of which have nothing wrong with them: `flatMap` takes longer. */
export const checkEach = <T>(
  items: readonly T[],
  check: (item: T) => readonly Problem[],
): readonly Problem[] => {
  const problems: Problem[] = []
  for (const item of items) {
    // Of one thing there may be more than a call takes arguments.
    for (const problem of check(item)) problems.push(problem)
  }
  return problems
}

/** Each later one of those that have the same key, with the first of them. */
export const findTwins = <T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): readonly (readonly [T, T])[] => {
  // Most lists of addresses and ports have one item: there may be tens of thousands of them.
  if (items.length < 2) return []
  const firsts = new Map<string, T>()
  const twins: [T, T][] = []
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, item)
    else twins.push([item, first])
  }
  return twins
}

/** The links of every section, with the peers of veths. */
export const listLinks = (
  config: Pick<WrittenConfig, 'interfaces' | 'bridges' | 'veths' | 'vxlans'>,
): readonly Link[] => {
  // What lacks a name is told where that is looked for.
  const veths = listSection('veths', 'veth', config.veths as Config['veths'])
  const pairs = veths.flatMap((veth) => [veth, ...listPeer(veth)])
  return [
    ...listSection('interfaces', 'interface', config.interfaces),
    ...listSection('bridges', 'bridge', config.bridges),
    ...pairs,
    ...listSection('vxlans', 'vxlan', config.vxlans),
  ]
}

const listSection = (
  section: string,
  kind: LinkKind,
  links: Readonly<Record<string, AnyLink>> = {},
): readonly Link[] =>
  Object.entries(links).map(([name, data]) => {
    const path = [section, name]
    const title = describeEntry(section, name)
    return { kind, name, title, path, namePath: path, namespace: data.namespace ?? '', data }
  })

const listPeer = (veth: Link): readonly Link[] => {
  const { peer } = veth.data
  if (!peer) return []
  const path = [...veth.path, 'peer']
  const title = `peer ${peer.name}`
  const namespace = peer.namespace ?? ''
  return [
    {
      kind: 'peer',
      name: peer.name,
      title,
      path,
      namePath: [...path, 'name'],
      namespace,
      data: peer,
    },
  ]
}

const entriesOf = (
  routes: Config['routes'] = [],
  list: Path,
  namespace: string,
  link?: string,
): readonly RouteEntry[] => routes.map((route, index) => ({ route, list, index, namespace, link }))

/** Where a route stands. */
export const pathOf = ({ list, index }: RouteEntry): Path => [...list, index]

/** The routes of a file: those of its links, of the node and of its namespaces. */
const listRoutes = (links: readonly Link[], spaces: readonly Space[]): readonly RouteEntry[] => [
  ...links.flatMap(({ data, path, namespace, name }) =>
    entriesOf(data.routes, [...path, 'routes'], namespace, name),
  ),
  ...spaces.flatMap(({ name, path, data }) => entriesOf(data.routes, [...path, 'routes'], name)),
]
