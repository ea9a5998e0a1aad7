import { noDrafts } from '../drafts.ts'
import type { ChainDraft, Drafts } from '../drafts.ts'
import { addressKey, addressShape, portKey, portShape } from './keys.ts'
import type { Port } from './model.ts'
import { clusterTarget, externalTarget, isRestricted, portChain } from './port.ts'
import type { Protocol } from './model.ts'
import { hostPrefix, isEverything } from './proxy.ts'
import type { Proxy } from './proxy.ts'
import { buildTrie, sharedPrefix } from './trie.ts'
import type { Leaf, Shape, TrieChain } from './trie.ts'

/**
 * nft lets packets through 15 chains below a built-in one (NFT_JUMP_STACK_SIZE); the way to a service
 * has SERVICES before the trie, and behind it FW, EXT, SVC and up to three chains of endpoints.
 */
export const deepestTrie = 8

export const matchPort = (protocol: Protocol, port: number): string =>
  `-p ${protocol} -m ${protocol} --dport ${String(port)}`

const leaf = (address: string, { protocol, port }: Port, target: string): Entry => ({
  address,
  key: addressKey(address),
  rule: `-d ${hostPrefix(address)} ${matchPort(protocol, port)} -g ${target}`,
})

const leavesOf = (port: Port, proxy: Proxy): readonly Entry[] => {
  const { clusterIP, externalIPs, loadBalancerIPs } = port
  const inside = clusterTarget(port, proxy)
  const outside = externalTarget(port, proxy)
  const balanced = isRestricted(port) ? portChain(port, 'FW', proxy) : outside
  return [
    ...(clusterIP === undefined || inside === undefined ? [] : [leaf(clusterIP, port, inside)]),
    ...(outside === undefined ? [] : externalIPs.map((address) => leaf(address, port, outside))),
    ...(outside === undefined || balanced === undefined
      ? []
      : loadBalancerIPs.map((address) => leaf(address, port, balanced))),
  ]
}

/** A rule that leads into a trie of addresses those packets that have any business there. */
export const enterTrie = (root: string, leaves: readonly Leaf[], shape: Shape): string => {
  const prefix = sharedPrefix(leaves)
  return `${prefix === '' ? '' : `${shape.match(prefix)} `}-j ${root}`
}

/** A leaf with its address. */
interface Entry extends Leaf {
  readonly address: string
}

/**
 * Of IPv6, cluster IPs outside of the networks of services are local to the node (see serviceRoutes), and
 * yet its node ports are not theirs: what no port of theirs has taken by then goes no further.
 */
const endsOf = (ports: readonly Port[], { family, isServiceAddress }: Proxy): readonly Entry[] => {
  if (family === 'inet') return []
  const alone = ports.flatMap(({ clusterIP }) =>
    clusterIP === undefined || isServiceAddress(clusterIP) ? [] : [clusterIP],
  )
  return [...new Set(alone)].map((address) => ({
    address,
    key: addressKey(address),
    rule: `-d ${hostPrefix(address)} -j ACCEPT`,
  }))
}

/**
 * The rules that lead to the addresses of services. Who goes to a network of services does not come
 * back: none of its addresses is anything else.
 */
const entrances = (
  root: string,
  entries: readonly Entry[],
  { family, serviceCIDRs, isServiceAddress }: Proxy,
): readonly string[] => {
  const outside = entries.filter(({ address }) => !isServiceAddress(address))
  const target = entries.length === 0 ? '-j RETURN' : `-g ${root}`
  return [
    ...serviceCIDRs.map((network) => `-d ${network} ${target}`),
    ...(outside.length === 0 ? [] : [enterTrie(root, outside, addressShape('', family, '-d'))]),
  ]
}

const protocols = ['tcp', 'udp', 'sctp'] as const

/** Chains for node ports: those of one protocol in a trie of their own, where they are many. */
const nodePortChains = (
  ports: readonly Port[],
  root: string,
  proxy: Proxy,
): readonly TrieChain[] => {
  const rules: string[] = []
  const chains: TrieChain[] = []
  for (const protocol of protocols) {
    const leaves = ports.flatMap((port): readonly Leaf[] => {
      const target = externalTarget(port, proxy)
      if (port.protocol !== protocol || port.nodePort === undefined || target === undefined)
        return []
      return [
        { key: portKey(port.nodePort), rule: `${matchPort(protocol, port.nodePort)} -g ${target}` },
      ]
    })
    if (leaves.length === 0) continue
    const shape = portShape(`${proxy.prefix}N-`, protocol)
    const trie = buildTrie(root, leaves, shape, deepestTrie)
    chains.push(...trie.slice(0, -1))
    rules.push(...(trie.at(-1)?.rules ?? []))
  }
  return rules.length === 0 ? [] : [...chains, { chain: root, rules }]
}

/** Which packets are for the node itself. Its loopback addresses are others' affair, unless it is asked for. */
export const toNode = ({
  family,
  nodePortAddresses,
  localhostNodePorts,
}: Proxy): readonly string[] => {
  const local = '-m addrtype --dst-type LOCAL'
  const loopback = family === 'inet' ? '127.0.0.0/8' : '::1/128'
  const all = localhostNodePorts ? local : `! -d ${loopback} ${local}`
  if (nodePortAddresses.length === 0 || nodePortAddresses.some(isEverything)) return [all]
  return [
    ...nodePortAddresses.map((prefix) => `-d ${prefix} ${local}`),
    ...(localhostNodePorts ? [`-d ${loopback} ${local}`] : []),
  ]
}

/**
 * The way from the hooks to the chain of a service's port: by address, else by node port. It does not
 * get longer with the number of services.
 */
export const draftDispatch = (ports: readonly Port[], proxy: Proxy): Drafts => {
  const { family, prefix, source } = proxy
  const [root, entrance, nodePorts] = ['VIPS', 'SERVICES', 'NODEPORTS'].map((name) => prefix + name)
  if (root === undefined || entrance === undefined || nodePorts === undefined) return noDrafts
  const leaves = [...ports.flatMap((port) => leavesOf(port, proxy)), ...endsOf(ports, proxy)]
  const shape = addressShape(`${prefix}T-`, family, '-d')
  const trie = leaves.length === 0 ? [] : buildTrie(root, leaves, shape, deepestTrie)
  const byPort = nodePortChains(ports, nodePorts, proxy)
  const rules = [
    ...entrances(root, leaves, proxy),
    ...(byPort.length === 0 ? [] : toNode(proxy).map((match) => `${match} -j ${nodePorts}`)),
  ]
  const all = [...trie, ...byPort, { chain: entrance, rules }]
  return {
    chains: all.map((one): ChainDraft => ({
      ...one,
      family,
      table: 'nat',

      source,
    })),
    jumps: ['PREROUTING', 'OUTPUT'].map((chain) => ({
      family,
      table: 'nat',
      chain,
      place: 'first',
      rule: `-j ${entrance}`,
      source,
    })),
  }
}
