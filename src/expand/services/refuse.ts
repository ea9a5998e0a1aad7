import type { ChainDraft, Drafts } from '../drafts.ts'
import { addressKey, addressShape } from './keys.ts'
import { deepestTrie, enterTrie, matchPort, toNode } from './dispatch.ts'
import { externalAddresses } from './model.ts'
import type { Port } from './model.ts'
import { isRestricted } from './port.ts'
import { hostPrefix } from './proxy.ts'
import type { Proxy } from './proxy.ts'
import { buildTrie } from './trie.ts'
import type { Leaf } from './trie.ts'

// What comes to the filter table with the address of a service still on it, no endpoint was found for.

/** What becomes of it: refused at once; or dropped, where others nodes have endpoints. */
const verdict = (reject: string, refused: boolean): string => (refused ? `-g ${reject}` : '-j DROP')

const noneFor = (port: Port, internal: boolean): 'refuse' | 'drop' | undefined => {
  if (port.all.length === 0) return 'refuse'
  const localOnly = internal ? port.internalLocal : port.externalLocal
  return localOnly && port.local.length === 0 ? 'drop' : undefined
}

/** Rules for an address and port of a service that leads nowhere, or not for everybody. */
const externalLeaves = (port: Port, reject: string): readonly Leaf[] => {
  const fate = noneFor(port, false)
  return externalAddresses(port).flatMap((address) => {
    const restricted = isRestricted(port) && port.loadBalancerIPs.includes(address)
    if (fate === undefined && !restricted) return []
    const match = `-d ${hostPrefix(address)} ${matchPort(port.protocol, port.port)}`
    return [{ key: addressKey(address), rule: `${match} ${verdict(reject, fate === 'refuse')}` }]
  })
}

const clusterLeaves = (ports: readonly Port[], proxy: Proxy, reject: string): readonly Leaf[] => {
  const dropped = ports.flatMap((port): readonly Leaf[] => {
    const { clusterIP } = port
    if (clusterIP === undefined || noneFor(port, true) !== 'drop') return []
    const match = `-d ${hostPrefix(clusterIP)} ${matchPort(port.protocol, port.port)}`
    return [{ key: addressKey(clusterIP), rule: `${match} -j DROP` }]
  })
  const alone = new Set(
    ports.flatMap(({ clusterIP }) =>
      clusterIP === undefined || proxy.isServiceAddress(clusterIP) ? [] : [clusterIP],
    ),
  )
  const refused = [...alone].map((address) => ({
    key: addressKey(address),
    rule: `-d ${hostPrefix(address)} -g ${reject}`,
  }))
  return [...dropped, ...refused]
}

const nodePortRules = (ports: readonly Port[], reject: string): readonly string[] =>
  ports.flatMap((port) => {
    const fate = noneFor(port, false)
    if (port.nodePort === undefined || fate === undefined) return []
    return [`${matchPort(port.protocol, port.nodePort)} ${verdict(reject, fate === 'refuse')}`]
  })

const rejectRules = (family: Proxy['family']): readonly string[] => [
  // An ICMP error is limited to one a second and destination; a reset is not.
  '-p tcp -j REJECT --reject-with tcp-reset',
  `-j REJECT --reject-with ${family === 'inet' ? 'icmp' : 'icmp6'}-port-unreachable`,
]

/** Refuses new connections that no endpoint was found for, so that clients do not wait. */
export const draftRefusal = (ports: readonly Port[], proxy: Proxy): Drafts => {
  const { family, prefix, serviceCIDRs, source } = proxy
  const name = (word: string): string => `${prefix}${word}`
  const reject = name('REJECT')
  const leaves = [
    ...ports.flatMap((port) => externalLeaves(port, reject)),
    ...clusterLeaves(ports, proxy, reject),
  ]
  const shape = addressShape(name('F-'), family, '-d')
  const root = name('REFUSE-VIPS')
  const trie = leaves.length === 0 ? [] : buildTrie(root, leaves, shape, deepestTrie)
  const byPort = nodePortRules(ports, reject)
  const rules = [
    ...(leaves.length === 0 ? [] : [enterTrie(root, leaves, shape)]),
    ...serviceCIDRs.map((prefixText) => `-d ${prefixText} -g ${reject}`),
    ...(byPort.length === 0
      ? []
      : toNode(proxy).map((match) => `${match} -j ${name('REFUSE-PORTS')}`)),
  ]
  const chains = [
    { chain: reject, rules: rejectRules(family) },
    ...trie,
    ...(byPort.length === 0 ? [] : [{ chain: name('REFUSE-PORTS'), rules: byPort }]),
    { chain: name('REFUSE'), rules },
  ]
  return {
    chains: chains.map((one): ChainDraft => ({
      ...one,
      family,
      table: 'filter',

      source,
    })),
    jumps: ['INPUT', 'FORWARD', 'OUTPUT'].map((chain) => ({
      family,
      table: 'filter',
      chain,
      place: 'first',
      rule: `-m conntrack --ctstate NEW -j ${name('REFUSE')}`,
      source,
    })),
  }
}
