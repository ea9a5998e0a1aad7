import type { Plan } from '../plan/plan.ts'
import type { Address } from '../resources/address.ts'
import type { NamespaceName, Resource } from '../resources/kind.ts'
import { linkIdentity } from '../resources/link/link.ts'
import type { Link } from '../resources/link/link.ts'
import { mainTable } from '../resources/route/route.ts'
import type { Route } from '../resources/route/route.ts'

export type Change = Plan['changes'][number]

interface Place {
  readonly links: readonly Link[]
  readonly addresses: readonly Address[]
}

/** What a node has, as far as it matters to who comes to it by its network. */
export interface Scene {
  /** Of all namespaces, by identity. */
  readonly links: ReadonlyMap<string, Link>
  /** By namespace, of which there may be thousands. */
  readonly places: ReadonlyMap<NamespaceName, Place>
  /** Those by which the node itself sends packets. */
  readonly routes: readonly Route[]
}

const isUnicast = ({ attributes: { type } }: Route): boolean => (type ?? 'unicast') === 'unicast'

export const inMain = ({ namespace, table }: Route): boolean =>
  namespace === '' && table === mainTable

/** An address without its prefix length. */
export const hostOf = ({ address }: Address): string => address.slice(0, address.lastIndexOf('/'))

export const linksIn = ({ places }: Scene, namespace: NamespaceName): readonly Link[] =>
  places.get(namespace)?.links ?? []

export const addressesIn = ({ places }: Scene, namespace: NamespaceName): readonly Address[] =>
  places.get(namespace)?.addresses ?? []

const sortByPlace = (
  links: readonly Link[],
  addresses: readonly Address[],
): ReadonlyMap<NamespaceName, Place> => {
  const places = new Map<NamespaceName, { links: Link[]; addresses: Address[] }>()
  const placeOf = ({ namespace }: Resource): { links: Link[]; addresses: Address[] } => {
    const place = places.get(namespace) ?? { links: [], addresses: [] }
    places.set(namespace, place)
    return place
  }
  for (const link of links) placeOf(link).links.push(link)
  for (const address of addresses) placeOf(address).addresses.push(address)
  return places
}

export const makeScene = (observed: readonly Resource[]): Scene => {
  const links = observed.filter((one): one is Link => one.kind === 'link')
  const addresses = observed.filter((one): one is Address => one.kind === 'address')
  const routes = observed.filter((one): one is Route => one.kind === 'route')
  return {
    links: new Map(links.map((link) => [linkIdentity(link.namespace, link.name), link])),
    places: sortByPlace(links, addresses),
    routes: routes.filter((route) => inMain(route) && isUnicast(route)),
  }
}
