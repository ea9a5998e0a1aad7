import { canonicalAddress, familyOf, isAddress } from '../../net/addresses.ts'
import type { Family } from '../../net/addresses.ts'
import { specialKind } from '../../config/checks/service-addresses.ts'
import type { ServiceFacts } from './service-facts.ts'

/** The addresses that a service is reached by. */
export interface Faces {
  readonly clusterIPs: readonly string[]
  readonly externalIPs: readonly string[]
  readonly loadBalancerIPs: readonly string[]
}

/** Where each address and port leads to: the name of a service. */
export type Claims = Map<string, string>

const canonical = (addresses: readonly string[]): readonly string[] => [
  ...new Set(addresses.filter(isAddress).map(canonicalAddress)),
]

export const familiesOf = (addresses: readonly string[]): ReadonlySet<Family> =>
  new Set(addresses.map(familyOf))

const claimsOf = ({ ports }: ServiceFacts, address: string): readonly string[] =>
  ports.map(({ port, protocol }) => `${address} ${String(port)}/${protocol}`)

/** What is each service's own: a server gives a cluster IP once. */
export const claimClusterIPs = (all: ReadonlyMap<string, ServiceFacts>): Claims => {
  const claims: Claims = new Map()
  for (const [name, service] of all)
    for (const address of canonical(service.clusterIPs))
      for (const claim of claimsOf(service, address)) claims.set(claim, name)
  return claims
}

/** Of whom an address is already; else it is claimed. */
const claim = (
  name: string,
  service: ServiceFacts,
  address: string,
  claims: Claims,
): string | undefined => {
  const own = claimsOf(service, address)
  const other = own.map((one) => claims.get(one)).find((owner) => owner !== undefined)
  if (other !== undefined) return other
  for (const one of own) claims.set(one, name)
  return undefined
}

/**
 * Its addresses of the families that its cluster IPs are of, as kube-proxy has them; but those that another service has
 * already, by the same port: anybody may write `externalIPs`.
 */
export const facesOf = (
  name: string,
  service: ServiceFacts,
  claims: Claims,
  warn: (message: string) => void,
): Faces => {
  const clusterIPs = canonical(service.clusterIPs)
  const families = familiesOf(clusterIPs)
  const seen = new Set(clusterIPs)
  const choose = (addresses: readonly string[]): readonly string[] =>
    canonical(addresses).filter((address) => {
      if (!families.has(familyOf(address)) || seen.has(address)) return false
      seen.add(address)
      const kind = specialKind(address)
      if (kind !== undefined) {
        warn(`service ${name}: ${address} is ${kind}, and is left out`)
        return false
      }
      const other = claim(name, service, address, claims)
      if (other === undefined) return true
      warn(`service ${name}: ${address} leads to ${other} by a port of it, and is left out`)
      return false
    })
  return {
    clusterIPs,
    externalIPs: choose(service.externalIPs),
    loadBalancerIPs: choose(service.loadBalancerIPs),
  }
}
