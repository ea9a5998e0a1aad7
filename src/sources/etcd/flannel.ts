import type { FileText } from '../../config/load.ts'
import { canonicalAddress, contains } from '../../net/addresses.ts'
import { EtcdError } from './error.ts'
import { readFlannelConfig } from './flannel-config.ts'
import type { FlannelConfig } from './flannel-config.ts'
import { readLease } from './flannel-lease.ts'
import type { Lease } from './flannel-lease.ts'
import type { Entry } from './session.ts'

/** What flannel left from another configuration: it is none of its nodes now. */
const isOf =
  ({ network, type }: FlannelConfig) =>
  ({ backend, podCIDR }: Lease): boolean =>
    backend === type && contains(network, podCIDR.split('/')[0] ?? '')

/** Of leases of one node the one that was written last: flannel renews one of them. */
const newest = (leases: readonly Lease[]): readonly Lease[] => {
  const byAddress = new Map<string, Lease>()
  for (const lease of leases) {
    const address = canonicalAddress(lease.address)
    const other = byAddress.get(address)
    if (!other || other.revision < lease.revision) byAddress.set(address, lease)
  }
  return leases.filter((lease) => byAddress.get(canonicalAddress(lease.address)) === lease)
}

const nameOf = ({ address }: Lease): string =>
  `flannel-${canonicalAddress(address).replaceAll(/[.:]+/g, '-')}`

/** Where the network is one of both families, so is what a node has of it, as far as the lease says it. */
const both = (first: string, second: string | undefined): string | readonly string[] =>
  second === undefined ? first : [first, second]

const nodeOf = (lease: Lease, { networkV6, type }: FlannelConfig): unknown => {
  const isDual = networkV6 !== undefined && lease.podCIDRv6 !== undefined
  return {
    address: both(lease.address, isDual ? lease.addressV6 : undefined),
    podCIDR: both(lease.podCIDR, isDual ? lease.podCIDRv6 : undefined),
    ...(type === 'vxlan' && { vtepMAC: lease.vtepMAC }),
  }
}

const documentOf = (config: FlannelConfig, leases: readonly Lease[]): string => {
  const { network, networkV6, backend, mtu } = config
  const nodes = Object.fromEntries(leases.map((lease) => [nameOf(lease), nodeOf(lease, config)]))
  const cluster = { podCIDR: both(network, networkV6), backend, mtu, nodes }
  return `${JSON.stringify({ cluster }, null, 2)}\n`
}

/**
 * What flannel keeps below a prefix, its configuration and the leases of its nodes, as a `cluster`.
 *
 * @throws EtcdError where something there cannot be read, or is nothing that a cluster can be
 */
export const clusterOf = (entries: readonly Entry[], prefix: string): readonly FileText[] => {
  const leases = entries.flatMap((entry) => readLease(entry, `${prefix}subnets/`) ?? [])
  if (leases.length === 0) return []
  const found = entries.find(({ key }) => key === `${prefix}config`)
  if (!found) throw new EtcdError('unreadable', `etcd:${prefix}config is not there`)
  const config = readFlannelConfig(found)
  const known = newest(leases.filter(isOf(config)))
  if (known.length === 0) return []
  return [{ name: `etcd:${prefix}`, text: documentOf(config, known) }]
}
