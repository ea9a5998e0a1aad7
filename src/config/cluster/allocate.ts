import { createHash } from 'node:crypto'
import { canonicalAddress, familyOf } from '../../net/addresses.ts'
import { addressAt, placeIn, sizeOf } from '../../net/subnets.ts'
import type { WrittenConfig, WrittenService } from '../config.ts'

/** Numbers from `first` on, of which a name gets one. */
interface Band {
  readonly first: bigint
  readonly size: bigint
}

/** A number from a name: the same on every node, whatever other names there are. */
const draw = ({ first, size }: Band, name: string): bigint =>
  first + (createHash('sha256').update(name).digest().readBigUInt64BE(0) % size)

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** Addresses that a hash of 64 bits reaches. */
const reach = 1n << 64n

/**
 * The places of a service network that are given away: not its low end, which is for those that are written
 * down (KEP-3070), and of IPv4 not the last.
 */
const addressBand = (serviceCIDR: string): Band => {
  const size = least(sizeOf(serviceCIDR), reach)
  const low = least(most(16n, size / 16n), 256n)
  const end = size - (familyOf(serviceCIDR) === 'inet' ? 1n : 0n)
  return low < end ? { first: low, size: end - low } : { first: 1n, size: most(size - 2n, 1n) }
}

/** 30000 to 32767 (--service-node-port-range), but the low end (KEP-3668). */
const portBand: Band = { first: 30086n, size: 2682n }

/** The cluster IP that a service's name comes to. */
const clusterIPOf = (name: string, serviceCIDR: string): string =>
  addressAt(serviceCIDR, draw(addressBand(serviceCIDR), `cluster IP of ${name}`))

/** What tells a port of a service from its others. */
type PortKey = Pick<WrittenService['ports'][number], 'port' | 'protocol'>

/** The node port that a service's port comes to. */
export const nodePortOf = (service: string, { port, protocol = 'tcp' }: PortKey): number =>
  Number(draw(portBand, `node port of ${service} ${protocol} ${String(port)}`))

const next = ({ first, size }: Band, place: bigint): bigint => first + ((place - first + 1n) % size)

/** One that nobody has, from a place on; undefined: there is none. */
const findFree = (
  band: Band,
  from: bigint,
  isTaken: (place: bigint) => boolean,
): bigint | undefined => {
  let place = next(band, from)
  for (let tries = 0n; tries < band.size; tries += 1n) {
    if (!isTaken(place)) return place
    place = next(band, place)
  }
  return undefined
}

/** An address near this one that no service has; undefined: they have all. */
export const freeClusterIP = (
  serviceCIDR: string,
  taken: ReadonlySet<string>,
  near: string,
): string | undefined => {
  const band = addressBand(serviceCIDR)
  const isTaken = (place: bigint): boolean => taken.has(addressAt(serviceCIDR, place))
  const place = findFree(band, placeIn(serviceCIDR, near), isTaken)
  return place === undefined ? undefined : addressAt(serviceCIDR, place)
}

/** A port near this one that no service has; undefined: they have all. */
export const freeNodePort = (taken: ReadonlySet<number>, near: number): number | undefined => {
  const place = findFree(portBand, BigInt(near), (one) => taken.has(Number(one)))
  return place === undefined ? undefined : Number(place)
}

/** The service networks of a file. */
export const serviceCIDRsOf = ({ cluster, serviceProxy }: WrittenConfig): readonly string[] => {
  const given = serviceProxy?.serviceCIDRs ?? cluster?.serviceCIDR ?? []
  return typeof given === 'string' ? [given] : given
}

/** The cluster IPs of a service, those that are made from its name with them. */
export const clusterIPsOf = (
  name: string,
  { clusterIPs = [] }: WrittenService,
  serviceCIDRs: readonly string[],
): readonly string[] => {
  if (clusterIPs !== 'auto') return clusterIPs.map(canonicalAddress)
  const families = new Map(serviceCIDRs.toReversed().map((prefix) => [familyOf(prefix), prefix]))
  return (['inet', 'inet6'] as const).flatMap((family) => {
    const serviceCIDR = families.get(family)
    return serviceCIDR === undefined ? [] : [clusterIPOf(name, serviceCIDR)]
  })
}
