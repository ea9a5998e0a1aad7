import type { Path } from './located.ts'

/** What one entry of a section or list is called. */
const SINGULARS: Readonly<Record<string, string>> = {
  address: 'address',
  addresses: 'entry of addresses',
  bridges: 'bridge',
  fdb: 'fdb entry',
  forwarding: 'forwarding entry',
  interfaces: 'interface',
  iptables: 'iptables rule',
  masquerade: 'masquerade entry',
  namespaces: 'namespace',
  neighbors: 'neighbor',
  nexthops: 'next hop',
  nodePortAddresses: 'entry of nodePortAddresses',
  protect: 'entry of protect',
  reaches: 'entry of reaches',
  remotes: 'entry of remotes',
  routes: 'route',
  rules: 'rule',
  services: 'service',
  sysctls: 'sysctl',
  vars: 'variable',
  veths: 'veth',
  vxlans: 'vxlan',
}

const singularOf = (section: string): string => SINGULARS[section] ?? section.replace(/s$/, '')

/** 'a bridge', of a section. */
export const describeKind = (section: string): string => withArticle(singularOf(section))

/** Sections of keys, not of names. */
const PLAIN_SECTIONS: ReadonlySet<string> = new Set(['cluster', 'limits', 'serviceProxy'])

/** 'bridge br0', of a section and the name in it; 'protect of limits' where it is a key. */
export const describeEntry = (section: string, name: string): string =>
  PLAIN_SECTIONS.has(section) ? `${name} of ${section}` : `${singularOf(section)} ${name}`

/** A node of the cluster as if nodes were a section, and what is in its overlay as if that were the file. */
const withinCluster = (path: Path): Path => {
  if (path[0] !== 'cluster' || path[1] !== 'nodes' || path.length === 2) return path
  return path[3] === 'overlay' && path.length > 4 ? path.slice(4) : path.slice(1)
}

/** What stands at a path, for a sentence: 'bridge br0', 'a route of bridge br0', 'the peer of veth v0', 'mtu'. */
export const describePath = (path: Path): string => {
  const [section, name, ...rest] = withinCluster(path)
  if (section === undefined) return 'the file'
  if (name === undefined) return String(section)
  if (typeof name === 'number')
    return describeWithin(withArticle(singularOf(String(section))), rest)
  return describeWithin(describeEntry(String(section), name), rest)
}

/** 'bridge br0 must be ...', but 'mtu must be ...': the key alone says enough beside the line shown. */
export const describeValue = (path: Path): string => {
  const last = path.at(-1)
  if (typeof last === 'number') return withArticle(singularOf(String(path.at(-2))))
  if (withinCluster(path).length === 2) return describePath(path)
  return last === 'peer' ? 'the peer' : (last ?? 'a configuration')
}

const describeWithin = (owner: string, [key, next, ...rest]: Path): string => {
  if (key === undefined) return owner
  if (key === 'peer')
    return describeWithin(`the peer of ${owner}`, next === undefined ? [] : [next, ...rest])
  if (typeof next === 'number') {
    return describeWithin(`${withArticle(singularOf(String(key)))} of ${owner}`, rest)
  }
  return `${key} of ${owner}`
}

const withArticle = (noun: string): string => `${/^([aeiou]|fdb)/.test(noun) ? 'an' : 'a'} ${noun}`
