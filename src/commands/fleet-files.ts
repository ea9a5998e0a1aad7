import { identify } from '../config/cluster/identify.ts'
import type { Machine } from '../config/cluster/identify.ts'
import type { LoadedFiles } from '../config/load.ts'
import { exitCodes, Failure } from './failure.ts'
import { loadPart, loadShared } from './load.ts'
import type { FileFlags, Loaded } from './load.ts'

/** A configuration, as the parts that its nodes have in it. */
export interface FleetFiles {
  readonly shared: LoadedFiles
  /** The nodes that it lists; undefined: it is the same for whoever takes it. */
  readonly nodes: readonly string[] | undefined
}

/** The files are read and checked once, for all nodes; a Failure (65) with all that is wrong with them. */
export const loadFleet = async (flags: FileFlags): Promise<FleetFiles> => {
  const shared = await loadShared(flags)
  const { fleet } = shared
  if (fleet && !fleet.cluster.nodes) {
    const message = 'the cluster of this configuration lists no nodes: cluster.nodes'
    throw new Failure(exitCodes.invalid, 'invalid-configuration', message)
  }
  return { shared, nodes: fleet?.nodes.map(({ name }) => name) }
}

/** What one node is to have; a Failure where that cannot be told. */
export const partOf = ({ shared }: FleetFiles, node: string, called = node): Loaded =>
  loadPart(shared, node, called)

/** Which of its nodes a machine is; undefined: none, or several. */
export const nameIn = async (
  { shared: { fleet } }: FleetFiles,
  machine: Machine,
  otherwise: string,
): Promise<string | undefined> => {
  if (!fleet) return otherwise
  const identity = await identify(fleet, machine)
  return identity.ok ? identity.name : undefined
}
