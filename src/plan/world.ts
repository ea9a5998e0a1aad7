import type { Kind, Resource, World } from '../resources/kind.ts'

/** Kinds by name. */
export type Registry = ReadonlyMap<string, Kind>

export const makeRegistry = (kinds: readonly Kind[]): Registry =>
  new Map(kinds.map((kind) => [kind.name, kind]))

/** The kind of a resource. */
export const kindOf = (registry: Registry, { kind }: Resource): Kind => {
  const found = registry.get(kind)
  if (!found) throw new Error(`bug: there is no kind ${kind}`)
  return found
}

/** Resources by identity, and by kind and namespace. Of two of one identity the first counts. */
export const makeWorld = (registry: Registry, resources: readonly Resource[]): World => {
  const byIdentity = new Map<string, Resource>()
  const byPlace = new Map<string, Resource[]>()
  const identity = (resource: Resource): string => kindOf(registry, resource).identity(resource)
  for (const resource of resources) {
    const key = identity(resource)
    if (!byIdentity.has(key)) byIdentity.set(key, resource)
    const place = `${resource.kind} ${resource.namespace}`
    const here = byPlace.get(place)
    if (here) here.push(resource)
    else byPlace.set(place, [resource])
  }
  return {
    identity,
    find: (key) => byIdentity.get(key),
    of: (kind, namespace) => byPlace.get(`${kind} ${namespace}`) ?? [],
  }
}
