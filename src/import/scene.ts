import type { Json } from '../kernel/reader.ts'
import { ownerOfChain } from '../resources/firewall.ts'
import { kinds } from '../resources/index.ts'
import type { NamespaceName, Owner, Ownership, Resource } from '../resources/kind.ts'
import { ownerOfGroup } from '../resources/ownership.ts'

/** What one owner noted of the node. */
interface Notes {
  readonly owner: string
  readonly ownerId: number
  readonly entries: ReadonlyMap<string, Json>
}

/**
 * What is to be in the file: `take`: what one owner has, and what nobody of netplan's has; `all`: what there is;
 * `owned`: what one owner has.
 */
export type Scope = 'take' | 'all' | 'owned'

/** What is there, and how it is looked at. */
export interface Scene {
  readonly observed: readonly Resource[]
  readonly owner: Owner
  readonly scope: Scope
  /** What other owners noted. */
  readonly others: readonly Notes[]
  /** Routes and rules of routing daemons, too. */
  readonly daemons: boolean
}

/** Whether something is for the file, and why not, where that is worth a line. */
export type Verdict = { readonly taken: true } | { readonly taken: false; readonly why?: string }

const taken: Verdict = { taken: true }

const kindNamed = new Map(kinds.map((kind) => [kind.name, kind]))

const identityOf = (resource: Resource): string =>
  kindNamed.get(resource.kind)?.identity(resource) ?? ''

/** What a person calls it. */
export const titleOf = (resource: Resource): string => {
  const kind = kindNamed.get(resource.kind)
  return kind?.title?.(resource) ?? kind?.identity(resource) ?? ''
}

export const ownershipOf = (resource: Resource, { owner }: Scene): Ownership =>
  kindNamed.get(resource.kind)?.owner(resource, owner) ?? 'foreign'

// Of links, and of what hangs on them, the mark is the group of the link.
const grouped: ReadonlySet<string> = new Set(['link', 'address', 'fdb'])

const numberOf = (resource: Resource): number | undefined => {
  const { kind, mark = 0 } = resource
  if (grouped.has(kind)) return ownerOfGroup(mark)
  return kind === 'chain' ? ownerOfChain((resource as unknown as { chain: string }).chain) : mark
}

/** The other owner of netplan's whose it is. */
const otherOwner = (resource: Resource, { others, owner }: Scene): string | undefined => {
  const number = numberOf(resource)
  const identity = identityOf(resource)
  const found = others.find(
    ({ ownerId, entries }) => ownerId === number || entries.get(identity) !== undefined,
  )
  if (found) return found.owner
  const isMarked = grouped.has(resource.kind) && number !== undefined && number !== owner.id
  return isMarked ? `number ${String(number)}` : undefined
}

/** Whether an object is for the file, as far as that is a matter of whose it is. */
export const judge = (resource: Resource, scene: Scene): Verdict => {
  const ownership = ownershipOf(resource, scene)
  if (ownership === 'kernel') return { taken: false }
  if (ownership === 'ours' || scene.scope === 'all') return taken
  if (scene.scope === 'owned') return { taken: false }
  const other = otherOwner(resource, scene)
  return other === undefined ? taken : { taken: false, why: `of netplan's owner ${other}` }
}

export const isTaken = (resource: Resource, scene: Scene): boolean => judge(resource, scene).taken

const placeOf = (kind: string, namespace: NamespaceName): string => `${kind} ${namespace}`

const indexes = new WeakMap<readonly Resource[], ReadonlyMap<string, readonly Resource[]>>()

/** Of a node with thousands of links, each asks for what hangs on it. */
const indexOf = (observed: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> => {
  const known = indexes.get(observed)
  if (known) return known
  const index = new Map<string, Resource[]>()
  for (const one of observed) {
    const key = placeOf(one.kind, one.namespace)
    const list = index.get(key)
    if (list) list.push(one)
    else index.set(key, [one])
  }
  indexes.set(observed, index)
  return index
}

/** All of a kind. */
export const allOf = <R extends Resource>(scene: Scene, kind: R['kind']): readonly R[] =>
  scene.observed.filter((one): one is R => one.kind === kind)

/** All of a kind in one namespace. */
export const allIn = <R extends Resource>(
  { observed }: Scene,
  kind: R['kind'],
  namespace: NamespaceName,
): readonly R[] => (indexOf(observed).get(placeOf(kind, namespace)) ?? []) as readonly R[]
