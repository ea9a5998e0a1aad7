import type { Kind, Resource, World } from '../resources/kind.ts'

/** Kinds by name. */
export type Registry = ReadonlyMap<string, Kind>

export const makeRegistry = (kinds: readonly Kind[]): Registry => {
  const known = registries.get(kinds)
  if (known) return known
  const registry = new Map(kinds.map((kind) => [kind.name, kind]))
  registries.set(kinds, registry)
  return registry
}

const registries = new WeakMap<readonly Kind[], Registry>()

/** The kind of a resource. */
export const kindOf = (registry: Registry, { kind }: Resource): Kind => {
  const found = registry.get(kind)
  if (!found) throw new Error(`bug: there is no kind ${kind}`)
  return found
}

type Groups<T> = ReadonlyMap<string, readonly T[]>

const groupBy = <T>(all: readonly T[], keyOf: (one: T) => string): Groups<T> => {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}

export const groupByKind = (resources: readonly Resource[]): Groups<Resource> =>
  groupBy(resources, ({ kind }) => kind)

/** By kind and namespace. */
const groupByPlace = (
  resources: readonly Resource[],
): ReadonlyMap<string, ReadonlyMap<string, readonly Resource[]>> => {
  const kinds = new Map<string, Map<string, Resource[]>>()
  for (const resource of resources) {
    const places = kinds.get(resource.kind) ?? new Map<string, Resource[]>()
    kinds.set(resource.kind, places)
    const group = places.get(resource.namespace)
    if (group) group.push(resource)
    else places.set(resource.namespace, [resource])
  }
  return kinds
}

const worlds = new WeakMap<readonly Resource[], { registry: Registry; world: World }>()

/**
 * Resources by identity, and by kind and namespace. Of two of one identity the first counts. What is desired is
 * planned for several times, and what was observed is recalled and noted: each is put in order once.
 */
export const makeWorld = (registry: Registry, resources: readonly Resource[]): World => {
  const known = worlds.get(resources)
  if (known?.registry === registry) return known.world
  const world = arrange(registry, resources)
  worlds.set(resources, { registry, world })
  return world
}

const arrange = (registry: Registry, resources: readonly Resource[]): World => {
  const identity = (resource: Resource): string => kindOf(registry, resource).identity(resource)
  const all = resources.map((resource) => ({ identity: identity(resource), resource }))
  const byIdentity = new Map<string, Resource>()
  for (const one of all) {
    if (!byIdentity.has(one.identity)) byIdentity.set(one.identity, one.resource)
  }
  const byPlace = groupByPlace(resources)
  return {
    all,
    identity,
    find: (key) => byIdentity.get(key),
    of: (kind, namespace) => byPlace.get(kind)?.get(namespace) ?? [],
  }
}
