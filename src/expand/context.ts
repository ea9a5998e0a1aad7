import type { Location } from '../config/diagnostics.ts'
import type { Config } from '../config/config.ts'
import { canonicalAddress } from '../net/addresses.ts'
import type { NamespaceName } from '../resources/kind.ts'
import { linkGroup, ownerId } from '../resources/ownership.ts'

/** Where a value stands, by its path in the merged configuration. */
export type Path = readonly (string | number)[]

/** What every part of the expansion needs to know. */
export interface Context {
  readonly config: Config
  readonly owner: { readonly name: string; readonly id: number }
  /** What the endpoints of services call this node. */
  readonly nodeName: string
  /** Whether an endpoint has this address. */
  isEndpoint(address: string): boolean
  /** The group of links that are ours. */
  readonly group: number
  locate(path: Path, part?: 'key' | 'value'): Location | undefined
}

/** A link of the configuration, and where it stands there. */
export interface Place {
  readonly name: string
  readonly namespace: string
  readonly path: Path
  /** The group of a link that is ours; undefined for a device that exists already. */
  readonly mark: number | undefined
}

const endpointAddresses = ({ services = {} }: Config): ReadonlySet<string> =>
  new Set(
    Object.values(services).flatMap(({ endpoints = [] }) =>
      endpoints.map((one) => canonicalAddress(typeof one === 'string' ? one : one.address)),
    ),
  )

export const makeContext = (
  config: Config,
  locate: Context['locate'],
  nodeName: string,
): Context => {
  const name = config.owner ?? 'netplan'
  const id = config.ownerId ?? ownerId(name)
  // Asked for pods alone, of which there may be none.
  let endpoints: ReadonlySet<string> | undefined
  const isEndpoint = (address: string): boolean =>
    (endpoints ??= endpointAddresses(config)).has(canonicalAddress(address))
  return { config, owner: { name, id }, nodeName, isEndpoint, group: linkGroup({ id }), locate }
}

/** How `ip link add … netns` names a namespace of the configuration. */
export const netnsArgument = ({ config }: Context, name: NamespaceName): string => {
  const { pid, path } = config.namespaces?.[name] ?? {}
  return pid === undefined ? (path ?? name) : `/proc/${String(pid)}/ns/net`
}
