import { checked, number, part, parts, text, texts } from './decode.ts'
import type { Part } from './decode.ts'
import {
  canonicalAddress,
  canonicalInterfaceAddress,
  canonicalPrefix,
  isAddress,
  isInterfaceAddress,
  isPrefix,
} from '../net/addresses.ts'
import { isFrom } from './versions.ts'
import type { Version } from './versions.ts'

/** A device of a result (CNI specification, section 5). */
export interface Interface {
  readonly name: string
  readonly mac?: string | undefined
  /** Bytes; since 1.1.0. */
  readonly mtu?: number | undefined
  /** The file of the namespace that it is in; undefined: the node's own. */
  readonly sandbox?: string | undefined
  /** What other plugins say of theirs, since 1.1.0. */
  readonly socketPath?: string | undefined
  readonly pciID?: string | undefined
}

export interface Ip {
  /** With its prefix length. */
  readonly address: string
  readonly gateway?: string | undefined
  /** The index of its device among those of the result. */
  readonly interface?: number | undefined
}

export interface Route {
  readonly dst: string
  readonly gw?: string | undefined
  /** These since 1.1.0. */
  readonly mtu?: number | undefined
  readonly advmss?: number | undefined
  readonly priority?: number | undefined
  readonly table?: number | undefined
  readonly scope?: number | undefined
}

export interface Dns {
  readonly nameservers?: readonly string[]
  readonly domain?: string | undefined
  readonly search?: readonly string[]
  readonly options?: readonly string[]
}

/** What an ADD came to, in the shape of no version. */
export interface Result {
  readonly interfaces: readonly Interface[]
  readonly ips: readonly Ip[]
  readonly routes: readonly Route[]
  readonly dns: Dns
}

export const noResult: Result = { interfaces: [], ips: [], routes: [], dns: {} }

const addresses = { is: isInterfaceAddress, say: 'an address with its prefix length' }
const gateways = { is: isAddress, say: 'an address' }
const prefixes = {
  is: (value: string) => isPrefix(value) && value !== 'default',
  say: 'a prefix',
}

const readInterface = (one: Part): Interface => ({
  name: text(one, 'name') ?? '',
  mac: text(one, 'mac'),
  mtu: number(one, 'mtu'),
  sandbox: text(one, 'sandbox'),
  socketPath: text(one, 'socketPath'),
  pciID: text(one, 'pciID'),
})

const readGateway = (one: Part, key: string): string | undefined => {
  const found = checked(text(one, key), `${one.path}${key}`, gateways)
  return found === undefined ? undefined : canonicalAddress(found)
}

const readIp = (one: Part): Ip => ({
  address: canonicalInterfaceAddress(
    checked(text(one, 'address') ?? '', `${one.path}address`, addresses),
  ),
  gateway: readGateway(one, 'gateway'),
  interface: number(one, 'interface'),
})

export const readRoute = (one: Part): Route => ({
  dst: canonicalPrefix(checked(text(one, 'dst') ?? '', `${one.path}dst`, prefixes)),
  gw: readGateway(one, 'gw'),
  mtu: number(one, 'mtu'),
  advmss: number(one, 'advmss'),
  priority: number(one, 'priority'),
  table: number(one, 'table'),
  scope: number(one, 'scope'),
})

export const readDns = (one: Part): Dns => ({
  nameservers: texts(one, 'nameservers'),
  domain: text(one, 'domain'),
  search: texts(one, 'search'),
  options: texts(one, 'options'),
})

/** A result as any version since 0.3.0 writes it. */
export const readResult = (one: Part): Result => ({
  interfaces: parts(one, 'interfaces').map(readInterface),
  ips: parts(one, 'ips').map(readIp),
  routes: parts(one, 'routes').map(readRoute),
  dns: readDns(part(one, 'dns')),
})

/** Lists that are empty, and what is not known, are left out, as Go's omitempty does. */
const dense = (value: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, one]) => one !== undefined && !(Array.isArray(one) && one.length === 0),
    ),
  )

const familyVersion = ({ address }: Ip): string => (address.includes(':') ? '6' : '4')

/** Whether versions before 1.1.0 know a key of a device or a route. */
const isOld = (key: string): boolean => ['name', 'mac', 'sandbox', 'dst', 'gw'].includes(key)

const forVersion = (version: Version, value: object): Record<string, unknown> => {
  const all = dense(value)
  if (isFrom(version, '1.1.0')) return all
  return Object.fromEntries(Object.entries(all).filter(([key]) => isOld(key)))
}

/** A result as a version has it, for JSON. */
export const formatResult = (
  { interfaces, ips, routes, dns }: Result,
  version: Version,
): Record<string, unknown> => ({
  cniVersion: version,
  ...dense({
    interfaces: interfaces.map((one) => forVersion(version, one)),
    ips: ips.map((ip) => ({
      ...(isFrom(version, '1.0.0') ? {} : { version: familyVersion(ip) }),
      ...dense(ip),
    })),
    routes: routes.map((one) => forVersion(version, one)),
  }),
  dns: dense(dns),
})
