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
type PortKey = Pick<WrittenService['ports'][number], 'name' | 'port' | 'protocol'>

/** The node port that a service's port comes to. */
export const nodePortOf = (service: string, { name, port, protocol = 'tcp' }: PortKey): number =>
  Number(draw(portBand, `node port of ${service} ${protocol} ${name ?? String(port)}`))

const next = ({ first, size }: Band, place: bigint): bigint => first + ((place - first + 1n) % size)

/** One that nobody has, from a place on. */
const findFree = (band: Band, from: bigint, isTaken: (place: bigint) => boolean): bigint => {
  let place = next(band, from)
  for (let tries = 0n; tries < band.size && isTaken(place); tries += 1n) place = next(band, place)
  return place
}

/** An address near this one that no service has. */
export const freeClusterIP = (
  serviceCIDR: string,
  taken: ReadonlySet<string>,
  near: string,
): string => {
  const band = addressBand(serviceCIDR)
  const isTaken = (place: bigint): boolean => taken.has(addressAt(serviceCIDR, place))
  return addressAt(serviceCIDR, findFree(band, placeIn(serviceCIDR, near), isTaken))
}

/** A port near this one that no service has. */
export const freeNodePort = (taken: ReadonlySet<number>, near: number): number =>
  Number(findFree(portBand, BigInt(near), (place) => taken.has(Number(place))))

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
