import type { Json, Kind, Owner, Ownership, Resource } from '../resources/kind.ts'
import { kindOf, makeWorld } from './world.ts'
import type { Registry } from './world.ts'

/** How an object is: all by which one can tell whether it still is as it was. */
export interface State {
  readonly identity: string
  /** What a person calls it. */
  readonly title: string
  readonly kind: string
  readonly ownership: Ownership
  readonly attributes: Readonly<Record<string, Json>>
  /** Equal for two that are the same in all of it. */
  readonly text: string
  /** Equal for two that are the same in all but what comes about by itself. */
  readonly lasting: string
}

const definedAttributes = ({ attributes }: Resource): State['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )

const stateOf = (kind: Kind, resource: Resource, owner: Owner): State => {
  const identity = kind.identity(resource)
  const ownership = kind.owner(resource, owner)
  const attributes = definedAttributes(resource)
  const passing = new Set(kind.incidental?.(resource))
  const textOf = (names: readonly string[]): string => {
    const some = Object.fromEntries(names.map((name) => [name, attributes[name]]))
    return JSON.stringify([some, ownership, resource.mark ?? 0, kind.state?.(resource) ?? 0])
  }
  const names = Object.keys(attributes)
  return {
    identity,
    title: kind.title?.(resource) ?? identity,
    kind: kind.name,
    ownership,
    attributes,
    text: textOf(names),
    lasting: textOf(names.filter((name) => !passing.has(name))),
  }
}

export type States = ReadonlyMap<string, State>

/** How all objects are, by identity: but those that come about by themselves, and go. */
export const statesOf = (
  registry: Registry,
  observed: readonly Resource[],
  owner: Owner,
): States => {
  const states = new Map<string, State>()
  for (const { identity, resource } of makeWorld(registry, observed).all) {
    const kind = kindOf(registry, resource)
    if (kind.afterwards === true || states.has(identity)) continue
    states.set(identity, stateOf(kind, resource, owner))
  }
  return states
}

/** An object that is not as it was. */
export interface Move {
  readonly identity: string
  readonly was: State | undefined
  readonly is: State | undefined
}

export const findMoves = (former: States, now: States): readonly Move[] =>
  [...new Set([...former.keys(), ...now.keys()])]
    .map((identity) => ({ identity, was: former.get(identity), is: now.get(identity) }))
    .filter(({ was, is }) => was?.text !== is?.text)
