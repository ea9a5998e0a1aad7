import { nameWith } from '../../iptables/names.ts'
import type { Context } from '../context.ts'
import { withComment } from '../drafts.ts'
import type { ChainDraft } from '../drafts.ts'
import { chooseEndpoint } from './endpoints.ts'
import { isExternal, isWithin, titleOf } from './model.ts'
import type { Port } from './model.ts'
import { hostPrefix, isEverything, select, setMark } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/**
 * The chain of a service's port for a purpose: SVC leads to all endpoints, SVL to those of this node,
 * EXT is where packets from outside come in, FW lets in those that may.
 */
type Purpose = 'SVC' | 'SVL' | 'EXT' | 'FW'

export const portChain = ({ hash }: Port, purpose: Purpose, { prefix }: Proxy): string =>
  nameWith(`${prefix}${purpose}-`, hash)

/** Whether anybody comes to all endpoints of it, and whether to the local ones alone. */
const usesAll = (port: Port): boolean =>
  port.all.length > 0 && (isExternal(port) || (port.clusterIP !== undefined && !port.internalLocal))

const usesLocal = (port: Port): boolean =>
  port.local.length > 0 &&
  ((port.clusterIP !== undefined && port.internalLocal) || (isExternal(port) && port.externalLocal))

/** Where packets to the cluster IP go; undefined: there is nobody for them. */
export const clusterTarget = (port: Port, proxy: Proxy): string | undefined => {
  const targets = port.internalLocal ? port.local : port.all
  if (port.clusterIP === undefined || targets.length === 0) return undefined
  return portChain(port, port.internalLocal ? 'SVL' : 'SVC', proxy)
}

/** Where packets from outside go; from this node and its pods even where no local endpoint is. */
export const externalTarget = (port: Port, proxy: Proxy): string | undefined =>
  isExternal(port) && port.all.length > 0 ? portChain(port, 'EXT', proxy) : undefined

/** Who comes to the cluster IP from outside of the cluster gets this node's address, or answers go astray. */
const clusterMasquerade = ({ clusterIP }: Port, proxy: Proxy): readonly string[] => {
  if (clusterIP === undefined) return []
  const { clusterCIDR, masqueradeAll } = proxy
  const to = `-d ${hostPrefix(clusterIP)}`
  if (masqueradeAll) return [`${to} ${setMark(proxy)}`]
  const nobody = clusterCIDR === undefined || isEverything(clusterCIDR)
  return nobody ? [] : [`! -s ${clusterCIDR} ${to} ${setMark(proxy)}`]
}

type Chains = readonly Pick<ChainDraft, 'chain' | 'rules'>[]

const endpointChains = (port: Port, purpose: 'SVC' | 'SVL', proxy: Proxy): Chains => {
  const chain = portChain(port, purpose, proxy)
  const targets = purpose === 'SVC' ? port.all : port.local
  const { rules, below } = chooseEndpoint(port, targets, chain, proxy.prefix)
  const internal = (purpose === 'SVL') === port.internalLocal
  return [
    ...below,
    { chain, rules: [...(internal ? clusterMasquerade(port, proxy) : []), ...rules] },
  ]
}

/** As kube-proxy has it: EXT chains, pkg/proxy/iptables/proxier.go. */
const externalRules = (port: Port, proxy: Proxy): readonly string[] => {
  const all = portChain(port, 'SVC', proxy)
  if (!port.externalLocal) return [setMark(proxy), `-g ${all}`]
  const pods = proxy.clusterCIDR === undefined ? proxy.podCIDRs : [proxy.clusterCIDR]
  const fromHere = '-m addrtype --src-type LOCAL'
  return [
    // What comes from inside is not from outside, and may go to every endpoint.
    ...pods.map((prefix) => `${select('-s', prefix)}-g ${all}`),
    `${fromHere} ${setMark(proxy)}`,
    `${fromHere} -g ${all}`,
    ...(port.local.length > 0 ? [`-g ${portChain(port, 'SVL', proxy)}`] : []),
  ]
}

/** Whose packets to the load balancer's addresses are let in. */
const allowedRules = (port: Port, proxy: Proxy, nodeIPs: readonly string[]): readonly string[] => {
  const { sourceRanges = [], loadBalancerIPs } = port
  const to = `-g ${portChain(port, 'EXT', proxy)}`
  const includesNode = nodeIPs.some((address) => isWithin(sourceRanges, address))
  return [
    ...sourceRanges.map((range) => `${select('-s', range)}${to}`),
    // Where the node has the address itself, it is what it comes from.
    ...(includesNode ? loadBalancerIPs.map((address) => `-s ${hostPrefix(address)} ${to}`) : []),
  ]
}

/** Whether not everybody may use the load balancer's addresses. */
export const isRestricted = ({ sourceRanges, loadBalancerIPs }: Port): boolean =>
  sourceRanges !== undefined && loadBalancerIPs.length > 0

const chainsOf = (port: Port, proxy: Proxy, nodeIPs: readonly string[]): Chains => {
  const external = externalTarget(port, proxy)
  return [
    ...(usesAll(port) ? endpointChains(port, 'SVC', proxy) : []),
    ...(usesLocal(port) ? endpointChains(port, 'SVL', proxy) : []),
    ...(external === undefined ? [] : [{ chain: external, rules: externalRules(port, proxy) }]),
    ...(external !== undefined && isRestricted(port)
      ? [{ chain: portChain(port, 'FW', proxy), rules: allowedRules(port, proxy, nodeIPs) }]
      : []),
  ]
}

/** The chains that are of one port of a service alone. The first rule of each says whose it is. */
export const draftPort = (
  port: Port,
  proxy: Proxy,
  nodeIPs: readonly string[],
  { locate }: Context,
): readonly ChainDraft[] => {
  const title = titleOf(port)
  const isEntry = (chain: string): boolean => chain === externalTarget(port, proxy)
  const commentFor = (chain: string): string =>
    isEntry(chain) && port.nodePort !== undefined
      ? `${title} node port ${String(port.nodePort)}`
      : title
  const source = locate(port.path, 'key')
  const { family } = port
  if (!usesAll(port) && !usesLocal(port)) {
    // It leads nowhere: a chain that nothing leads to says that it is known. Not in nat, where legacy
    // begins every round anew when anything changes.
    const chain = portChain(port, 'SVC', proxy)
    return [{ family, table: 'filter', chain, rules: [withComment('', title)], source }]
  }
  return chainsOf(port, proxy, nodeIPs).map(({ chain, rules }) => ({
    family,
    table: 'nat',
    chain,
    rules: rules.map((rule, at) => (at === 0 ? withComment(rule, commentFor(chain)) : rule)),
    source,
  }))
}
