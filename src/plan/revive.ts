import type { Kind, Owner, Resource, World } from '../resources/kind.ts'
import { kindOf, makeRegistry, makeWorld } from './world.ts'

/** What was observed, in a form in which it can be made again; undefined: the kernel makes it by itself. */
export const reviveOf = (
  kind: Kind,
  observed: Resource | undefined,
  owner: Owner,
  world: World,
): Resource | undefined => {
  if (!observed) return undefined
  if (kind.revive) return kind.revive(observed, world)
  return kind.owner(observed, owner) === 'kernel' ? undefined : observed
}

/**
 * All that was observed of a node, in a form in which it can be made elsewhere.
 *
 * @param owner what is this one's is known as the owner's
 */
export const reviveAll = (
  kinds: readonly Kind[],
  observed: readonly Resource[],
  owner: Owner,
): readonly Resource[] => {
  const registry = makeRegistry(kinds)
  const world = makeWorld(registry, observed)
  return observed.flatMap(
    (resource) => reviveOf(kindOf(registry, resource), resource, owner, world) ?? [],
  )
}
