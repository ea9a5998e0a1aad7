import type { Config } from '../../config/config.ts'
import type { Location } from '../../config/diagnostics.ts'
import { canonicalPrefix, familyOf, within } from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import { chainPrefix } from '../../resources/firewall.ts'
import type { Context } from '../context.ts'

/** What all services of one family share. */
export interface Proxy {
  readonly family: Family
  /** What the names of chains begin with. */
  readonly prefix: string
  readonly serviceCIDRs: readonly string[]
  /** Whether an address is of these networks. */
  readonly isServiceAddress: (address: string) => boolean
  readonly clusterCIDR: string | undefined
  readonly podCIDRs: readonly string[]
  readonly nodePortAddresses: readonly string[]
  readonly localhostNodePorts: boolean
  readonly masqueradeAll: boolean
  /** `0x1000/0x1000`: the mark of packets that are to be masqueraded, and its mask. */
  readonly mark: string
  readonly source: Location | undefined
}

const defaultBit = 12

const ofFamily = (prefixes: readonly string[] | undefined, family: Family): readonly string[] =>
  (prefixes ?? [])
    .filter((prefix) => familyOf(prefix) === family)
    .map((prefix) => canonicalPrefix(prefix, family))

const markOf = ({ masqueradeBit = defaultBit }: NonNullable<Config['serviceProxy']>): string => {
  const hex = `0x${(2 ** masqueradeBit).toString(16)}`
  return `${hex}/${hex}`
}

export const proxyOf = (family: Family, { config, owner, locate }: Context): Proxy => {
  const { serviceProxy = {} } = config
  const section = config.serviceProxy ? 'serviceProxy' : 'services'
  const serviceCIDRs = ofFamily(serviceProxy.serviceCIDRs, family)
  const networks = serviceCIDRs.map(within)
  return {
    family,
    prefix: chainPrefix(owner),
    serviceCIDRs,
    isServiceAddress: (address) => networks.some((covers) => covers(address)),
    clusterCIDR: ofFamily(serviceProxy.clusterCIDRs, family)[0],
    podCIDRs: ofFamily(serviceProxy.podCIDRs, family),
    nodePortAddresses: ofFamily(serviceProxy.nodePortAddresses, family),
    localhostNodePorts: serviceProxy.localhostNodePorts === true && family === 'inet',
    masqueradeAll: serviceProxy.masqueradeAll === true,
    mark: markOf(serviceProxy),
    source: locate([section], 'key'),
  }
}

/** The rule part that marks a packet to be masqueraded. */
export const setMark = ({ mark }: Proxy): string => `-j MARK --set-xmark ${mark}`

/** An address as the prefix that is it alone. */
export const hostPrefix = (address: string): string =>
  `${address}/${address.includes(':') ? '128' : '32'}`

/** Whether a prefix selects everything: iptables forgets it then. */
export const isEverything = (prefix: string): boolean => prefix.endsWith('/0')

/** The match of a prefix, with a space behind it. */
export const select = (flag: '-s' | '-d', prefix: string): string =>
  isEverything(prefix) ? '' : `${flag} ${prefix} `
