import { canonicalAddress, isAddress } from '../../net/addresses.ts'
import type { FileText } from '../../config/load.ts'
import type { Service } from '../../config/config.ts'
import { claimClusterIPs } from './faces.ts'
import type { NodeFacts } from './nodes.ts'
import type { ServiceFacts } from './service-facts.ts'
import type { SliceFacts } from './slices.ts'
import { writeNodes } from './write-nodes.ts'
import { writeService } from './write-service.ts'
import type { Scene } from './write-service.ts'

/** What a server has; what is not asked for is undefined. */
export interface Known {
  readonly nodes: ReadonlyMap<string, NodeFacts> | undefined
  readonly services: ReadonlyMap<string, ServiceFacts> | undefined
  readonly slices: ReadonlyMap<string, SliceFacts> | undefined
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

const groupSlices = (
  slices: ReadonlyMap<string, SliceFacts>,
): ReadonlyMap<string, readonly SliceFacts[]> => {
  const groups = new Map<string, SliceFacts[]>()
  for (const [, slice] of [...slices].toSorted(byName)) {
    const group = groups.get(slice.service)
    if (group) group.push(slice)
    else groups.set(slice.service, [slice])
  }
  return groups
}

const writeServices = (
  { services = new Map(), slices = new Map() }: Known,
  isNode: Scene['isNode'],
  warn: Scene['warn'],
): readonly (readonly [string, Service])[] => {
  const all: readonly ServiceFacts[] = [...services.values()]
  const taken = new Set(
    all.flatMap(({ clusterIPs }) => clusterIPs.filter(isAddress).map(canonicalAddress)),
  )
  const scene: Scene = {
    ...{ isNode, warn, claims: claimClusterIPs(services) },
    isTaken: (address) => taken.has(address),
  }
  const groups = groupSlices(slices)
  return [...services]
    .toSorted(byName)
    .flatMap(([name, service]) => writeService(name, service, groups.get(name) ?? [], scene))
}

/** Each entry in a line of its own: where something is wrong with it, the line says which. */
const section = (entries: Iterable<readonly [string, unknown]>): string => {
  const lines = [...entries].map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  )
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`
}

/**
 * What a server has as a file of ours; none where it has no nodes, or none that can be sent to, or no services, of which it
 * is one itself: that is a server which is just being set up, or the wrong one. Warns of what is left out.
 */
export const writeDocuments = (
  known: Known,
  warn: (message: string) => void,
): readonly FileText[] => {
  const nodes = known.nodes && writeNodes(known.nodes, warn)
  if (nodes?.size === 0 || known.services?.size === 0) return []
  const isNode = (name: string): boolean => nodes?.has(name) ?? true
  const parts = [
    ...(nodes ? [`  "cluster": { "nodes": ${section(nodes)} }`] : []),
    ...(known.services ? [`  "services": ${section(writeServices(known, isNode, warn))}`] : []),
  ]
  return [{ name: 'kubernetes.json', text: `{\n${parts.join(',\n')}\n}\n` }]
}
