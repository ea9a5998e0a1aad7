import type { Path } from './located.ts'
import {
  childNode,
  isNamed,
  nodeAt,
  resolveNode,
  rootNode,
  type SchemaNode,
} from './schema-nodes.ts'
import { findNearest, joinWords, quote } from './words.ts'

/** What `ip`, Kubernetes and other tools call our keys. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  bridge: ['master', 'controller'],
  addresses: ['ip', 'ips', 'ipv4', 'ipv6', 'cidr', 'cidrs', 'inet', 'inet6'],
  mac: ['hwaddr', 'macaddress', 'ether', 'lladdr'],
  namespace: ['netns', 'ns'],
  id: ['vni', 'vnid'],
  port: ['dstport'],
  device: ['dev', 'interface', 'link', 'parent', 'underlay'],
  podCIDR: ['podcidrs', 'subnet', 'podnetwork', 'clustercidr', 'podsubnet'],
  serviceCIDR: ['servicecidrs', 'servicesubnet', 'serviceclusteriprange'],
  nodeCIDR: ['nodecidrs', 'nodenetwork', 'subnets'],
  address: ['ip', 'ips', 'addresses', 'internalip', 'publicip'],
  clusterIPs: ['clusterip', 'vip', 'vips'],
  via: ['gateway', 'gw', 'gateway4', 'gateway6', 'nexthop'],
  to: ['dst', 'destination', 'prefix'],
  from: ['source', 'src'],
  source: ['from', 'src', 'saddr'],
  destination: ['to', 'dst', 'daddr'],
  inInterface: ['iif', 'in', 'iifname', 'input'],
  outInterface: ['oif', 'out', 'oifname', 'output', 'device', 'dev', 'interface'],
  protocol: ['proto', 'ipproto'],
  ports: ['dport', 'dports', 'port', 'destinationport'],
  action: ['target', 'verdict', 'jump', 'policy'],
  endpoints: ['backends', 'pods', 'addresses', 'subsets'],
  loadBalancerIPs: ['ingress', 'loadbalancer'],
  loadBalancing: ['scheduler', 'algorithm', 'balancing'],
  src: ['source', 'prefsrc'],
  local: ['source', 'localip'],
  remotes: ['remote', 'endpoints', 'flood'],
  ping: ['icmp'],
  http: ['url'],
  maxDestroy: ['maxdelete', 'maxdeletions', 'max'],
  protect: ['preventdestroy', 'keep', 'never'],
  count: ['tries', 'retries', 'attempts'],
  timeoutSeconds: ['timeout'],
  metric: ['prio', 'priority', 'preference'],
  priority: ['prio', 'pref', 'preference', 'metric'],
  ageingTime: ['ageing', 'aging', 'agingtime'],
  neighbors: ['neighbours', 'arp'],
  stp: ['spanningtree'],
  table: ['lookup'],
}

/** Mistakes that are not of spelling, by the kind of thing and the key. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  'bridges.ports': 'a port names its bridge, not the bridge its ports: write "bridge" on each port',
  'bridges.interfaces':
    'a port names its bridge, not the bridge its ports: write "bridge" on each port',
  'bridges.members':
    'a port names its bridge, not the bridge its ports: write "bridge" on each port',
  'checks.https': 'write "http", with a URL that begins with https://',
  'checks.namespace': 'where a check is made from says "from"',
  'checks.netns': 'where a check is made from says "from"',
  'links.routes.dev': 'the device is the link that the route stands at',
  'links.routes.device': 'the device is the link that the route stands at',
  'links.routes.namespace': 'the namespace is that of the link that the route stands at',
  'links.routes.nexthops':
    'a route of several devices goes to the routes section, or to its namespace',
  'links.routes.type': 'a route without a device goes to the routes section, or to its namespace',
  'routes.namespace':
    'routes of a namespace stand under namespaces, at the key "routes" of its name',
  'rules.namespace': 'rules of a namespace stand under namespaces, at the key "rules" of its name',
  'services.selector': 'no API server is asked: write the addresses of the pods under "endpoints"',
  'services.sessionAffinityConfig': 'write "sessionAffinity: { timeoutSeconds: 10800 }"',
  'services.type':
    'what a service has says it: "nodePort" on a port, "loadBalancerIPs", "clusterIPs"',
  'vxlans.peer': 'only veths have a peer',
}

/** The key of that place which was probably meant. */
export const findMeantKey = (path: Path, key: string): string | undefined => {
  const known = Object.keys(nodeAt(path)?.properties ?? {})
  const folded = key.toLowerCase().replace(/[-_]/g, '')
  const synonym = known.find((name) => SYNONYMS[name]?.includes(folded))
  return synonym ?? findNearest(key, known)
}

/** What to do about a key that the schema does not have at this place. */
export const explainUnknownKey = (path: Path, key: string): string => {
  const meant = findMeantKey(path, key)
  const explanation = EXPLANATIONS[`${kindOf(path)}.${key}`]
  if (explanation !== undefined) return explanation
  if (meant !== undefined) return `did you mean ${quote(meant)}?`
  if (path[0] === 'bridges' && path.length === 2 && PORT_OPTIONS.includes(key)) {
    return `${key} is an option of a bridge's port: write it where "bridge: ${path[1]}" is`
  }
  const isSection = Object.hasOwn(rootNode.properties ?? {}, key)
  // A cluster says in a word what a section says in full.
  const owners = findOwners(key).filter((owner) => !isSection || owner !== 'cluster')
  if (owners.length > 0) return `${quote(key)} is a key of ${joinWords(owners, 'and')}`
  if (isSection) return `${quote(key)} is a section: write it at the beginning of a line`
  if (path.length === 0)
    return `the sections are ${joinWords(Object.keys(rootNode.properties ?? {}), 'and')}`
  return `"netplan explain ${topicOf(path)}" lists the keys`
}

const PORT_OPTIONS = ['hairpin', 'isolated', 'learning', 'pathCost']

const LINK_SECTIONS = ['interfaces', 'bridges', 'veths', 'vxlans']

/** 'bridges', 'links.routes' for the routes of any link, 'routes' for those of a namespace too. */
const kindOf = (path: Path): string => {
  const lists = path.filter(
    (segment, index) => typeof segment === 'string' && typeof path[index + 1] === 'number',
  )
  const list = lists.at(-1)
  const isLink = LINK_SECTIONS.includes(String(path[0]))
  if (list !== undefined) return isLink ? `links.${list}` : String(list)
  return path.at(-1) === 'peer' ? 'peer' : String(path[0])
}

/** The path without names and positions, as `netplan explain` takes it. */
const topicOf = (path: Path): string => {
  const topic: (string | number)[] = []
  let node: SchemaNode | undefined = resolveNode(rootNode)
  for (const segment of path) {
    if (node && !isNamed(node) && typeof segment === 'string') topic.push(segment)
    node = node && childNode(node, segment)
  }
  return topic.join('.')
}

/** The sections and lists that have a key, 'peer' and the links' lists by their own name. */
const findOwners = (key: string): readonly string[] => [...(owners().get(key) ?? [])]

const listOwners = (): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>()
  const visit = (node: SchemaNode, name: string, depth: number): void => {
    for (const [property, child] of Object.entries(node.properties ?? {})) {
      // It has the sections once more.
      if (property === 'overlay') continue
      if (name !== '') found.set(property, (found.get(property) ?? new Set()).add(name))
      if (depth < 4) visit(entryOf(resolveNode(child)), property, depth + 1)
    }
  }
  visit(resolveNode(rootNode), '', 0)
  return found
}

/** What one of a list, or of a section with names, looks like. */
const entryOf = (node: SchemaNode): SchemaNode =>
  isNamed(node) || node.items ? (childNode(node, '*') ?? node) : node

let known: ReturnType<typeof listOwners> | undefined

/** Listed for the first mistake, and not for each of a thousand. */
const owners = (): ReturnType<typeof listOwners> => (known ??= listOwners())
