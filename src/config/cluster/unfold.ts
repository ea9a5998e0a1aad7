import type { WrittenConfig } from '../config.ts'
import { entriesOf, findAt, makeMap, type Located, type LocatedMap } from '../located.ts'
import { backendPieces } from './backends.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import { plant, uniteSections } from './graft.ts'
import { entryOf, mapItems, withEntries } from './locate.ts'
import { networkPieces } from './network.ts'
import type { Assigned } from './pods.ts'
import { nodeOfPod, podPieces } from './pods.ts'
import { settleServices } from './services.ts'

/** A file as it is written: the plain data, and the same with places. */
export interface Written {
  readonly config: WrittenConfig
  readonly root: LocatedMap
}

const without = (root: LocatedMap, sections: readonly string[]): LocatedMap =>
  makeMap(new Map([...entriesOf(root)].filter(([name]) => !sections.includes(name))), root.place)

/** The checks of a node: one that is made from a pod is made where that is. */
const checksHere = (
  { pods = {}, namespaces = {} }: WrittenConfig,
  root: LocatedMap,
  fleet: Fleet,
  node: FleetNode,
): LocatedMap => {
  const checks = entryOf(root, 'checks')
  if (!checks) return root
  const isElsewhere = (check: Located): boolean => {
    const from = entryOf(check, 'from')
    const name = from?.kind === 'scalar' ? String(from.value) : ''
    const pod = Object.hasOwn(namespaces, name) ? undefined : pods[name]
    return pod !== undefined && (nodeOfPod(fleet, pod) ?? node.name) !== node.name
  }
  const kept = mapItems(checks, (check) => (isElsewhere(check) ? [] : [check]))
  return withEntries(root, { checks: kept })
}

/**
 * The part of one node, in sections that name nothing but what the kernel has, each value with the place of what
 * asks for it. What the file says wins over what is made, and the overlay of the node over both.
 */
export const unfold = (
  { config, root }: Written,
  fleet: Fleet,
  node: FleetNode,
  assigned: Assigned,
): LocatedMap => {
  const made = plant(root, [
    ...networkPieces(config, fleet, node),
    ...backendPieces(fleet, node),
    ...podPieces(config, fleet, node, assigned),
  ])
  const settled = settleServices(config, checksHere(config, root, fleet, node), { fleet, assigned })
  const whole = uniteSections(made, without(settled, ['cluster', 'pods']))
  const overlay = findAt(root, [...node.path, 'overlay'])?.value
  return overlay?.kind === 'map' ? uniteSections(whole, overlay) : whole
}

/** A file without a cluster: what is open of its services alone. */
export const unfoldServices = ({ config, root }: Written): LocatedMap =>
  settleServices(config, root, { fleet: undefined, assigned: new Map() })
