import type { Fleet, FleetNode } from '../config/cluster/fleet.ts'
import { subnetOf } from '../config/cluster/fleet.ts'
import { familyOf, networkOf } from '../net/addresses.ts'
import { addressAt, lengthOf, sizeOf } from '../net/subnets.ts'
import type { Bare, Script, Underlay } from '../rehearsal/script.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { exitCodes, Failure } from './failure.ts'
import { listSnapshots } from './fleet.ts'
import { loadFleet, nameIn } from './fleet-files.ts'
import type { FleetFiles } from './fleet-files.ts'
import type { Missing } from './fleet-flags.ts'
import { machineOf, recordedHost } from './host.ts'
import type { FileFlags } from './load.ts'
import { readSnapshot } from './snapshots.ts'

interface FleetRehearsalFlags extends FileFlags {
  readonly snapshots?: string | undefined
  readonly nodes?: string | undefined
  readonly missing?: Missing | undefined
  readonly adopt: boolean
  readonly rollback: boolean
  readonly iptables?: Script['iptables']
}

/** A node that cannot be rehearsed, and why. */
export interface Unrehearsed {
  readonly node: string
  readonly why: string
}

/** Where the file does not say in which subnet the nodes are. */
const usualLength = { inet: 24, inet6: 64 }

const subnetOfNode = (fleet: Fleet, address: string): string =>
  subnetOf(fleet, address) ?? networkOf(`${address}/${String(usualLength[familyOf(address)])}`)

/** The last address of a subnet that no node has. */
const gatewayIn = (subnet: string, taken: ReadonlySet<string>): string => {
  const size = sizeOf(subnet)
  for (let place = size - 2n; place > 0n; place -= 1n) {
    const address = addressAt(subnet, place)
    if (!taken.has(address)) return `${address}/${String(lengthOf(subnet))}`
  }
  throw new Failure(
    exitCodes.error,
    'rehearsal',
    `there is no address left for a router in ${subnet}`,
  )
}

/** What a node has of which nothing is known. */
const bareOf = (fleet: Fleet, node: FleetNode, taken: ReadonlySet<string>): Bare => {
  const subnets = node.addresses.map((address) => ({
    address,
    subnet: subnetOfNode(fleet, address),
  }))
  return {
    device: node.interface ?? 'eth0',
    addresses: subnets.map(({ address, subnet }) => `${address}/${String(lengthOf(subnet))}`),
    gateways: subnets.map(({ subnet }) => gatewayIn(subnet, taken)),
  }
}

const fleetOf = ({ shared: { fleet } }: FleetFiles): Fleet => {
  if (fleet) return fleet
  const message = '--fleet rehearses the nodes of a cluster, and this configuration has none'
  throw new Failure(exitCodes.usage, 'usage', message)
}

const pickNodes = (fleet: Fleet, names: string | undefined): readonly FleetNode[] => {
  if (names === undefined) return fleet.nodes
  return names.split(',').map((name) => {
    const found = fleet.nodes.find((node) => node.name === name)
    if (found) return found
    throw new Failure(exitCodes.usage, 'usage', `--nodes: there is no node ${name} in the cluster`)
  })
}

/** The snapshots of a folder, by the node that each is of. */
const readSnapshots = async (
  folder: string,
  files: FleetFiles,
): Promise<ReadonlyMap<string, { readonly snapshot: Snapshot; readonly file: string }>> => {
  const found = new Map<string, { readonly snapshot: Snapshot; readonly file: string }>()
  for (const file of await listSnapshots(folder)) {
    const snapshot = await readSnapshot(file)
    const machine = machineOf(snapshot, recordedHost(snapshot, file), undefined)
    const name = await nameIn(files, machine, snapshot.node.name)
    if (name === undefined) continue
    const other = found.get(name)
    if (other) {
      const message = `${file} is a snapshot of ${name}, and so is ${other.file}`
      throw new Failure(exitCodes.error, 'snapshot-twice', message)
    }
    found.set(name, { snapshot, file })
  }
  return found
}

const noSnapshotText =
  'there is no snapshot of it (--missing new rehearses it as a node that has nothing yet)'

/** What each node of a fleet is given to rehearse, and which are not. */
export const scriptFleet = async (
  flags: FleetRehearsalFlags,
  allowance: Script['allowance'],
): Promise<{
  readonly files: FleetFiles
  readonly scripts: readonly Script[]
  readonly missing: readonly Unrehearsed[]
  /** Nodes without a snapshot, that are taken for new. */
  readonly assumed: ReadonlySet<string>
}> => {
  const files = await loadFleet(flags)
  const fleet = fleetOf(files)
  const { shared } = files
  const nodes = pickNodes(fleet, flags.nodes)
  const { adopt, rollback, iptables, snapshots: folder } = flags
  const texts = shared.files.map((name) => ({ name, text: shared.text(name) ?? '' }))
  const known = folder === undefined ? undefined : await readSnapshots(folder, files)
  const all = fleet.nodes.flatMap(({ addresses }) => addresses)
  const taken = new Set(all)
  const scriptOf = (node: FleetNode, number: number): Script => {
    const found = known?.get(node.name)
    const bare = found ? null : bareOf(fleet, node, taken)
    const { addresses } = node
    const underlay: Underlay = { number, addresses, all, podCIDRs: fleet.podCIDRs, bare }
    return {
      ...{ snapshot: found?.snapshot ?? null, called: found?.file ?? node.name, texts, underlay },
      ...{ var: flags.var ?? [], node: node.name, adopt, rollback, iptables },
      allowance,
    }
  }
  const without = nodes.filter(({ name }) => known && !known.has(name)).map(({ name }) => name)
  const isNew = flags.missing === 'new'
  const left = new Set(isNew ? [] : without)
  return {
    files,
    scripts: nodes.filter(({ name }) => !left.has(name)).map(scriptOf),
    missing: [...left].map((node) => ({ node, why: noSnapshotText })),
    assumed: new Set(isNew ? without : []),
  }
}
