import { hostname } from 'node:os'
import { expand } from '../expand/index.ts'
import type { Expansion } from '../expand/index.ts'
import { load } from './session.ts'

/** Which node is meant. */
export interface FleetNodeName {
  readonly name: string
  /** What the endpoints of services call it, where no cluster names it. */
  readonly called: string
}

/** A configuration, as the parts that its nodes have in it. */
export interface FleetFiles {
  /** The nodes that it lists; undefined: it is the same for whoever takes it. */
  readonly nodes: readonly string[] | undefined
  /** What one node is to have; a Failure where that cannot be told. */
  partOf(node: FleetNodeName): Expansion
}

/** The files are read and checked once. */
export const loadFleet = async (
  files: readonly string[],
  vars: readonly string[],
): Promise<FleetFiles> => {
  const { source } = await load(files, vars, hostname())
  return {
    nodes: undefined,
    partOf: ({ called }) => expand(source.config, source.locate, called),
  }
}
