import { hash } from 'node:crypto'
import type { Applied, Kind, Resource } from '../resources/kind.ts'
import type { Entry } from './decide.ts'
import { kindOf, makeRegistry, makeWorld } from './world.ts'

/** What has moved since the last apply, so that an object is to change: the file, the node, both of them, or nobody knows. */
export type Cause = 'config' | 'node' | 'both' | 'unknown'

const length = 8

const digest = (text: string): string => hash('sha256', text, 'base64url').slice(0, length)

/** Where something stands in a file says nothing of what is asked for. */
const withoutPlaces = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'file' in value && 'line' in value
    ? undefined
    : value

const digestAsked = (declared: Resource | undefined): string => {
  if (!declared) return ''
  const asked = { ...declared, adopt: undefined, source: undefined }
  const text = JSON.stringify(asked)
  // Few have places elsewhere too: each value is asked where it may be one.
  return digest(text.includes('"line":') ? JSON.stringify(asked, withoutPlaces) : text)
}

const digestFound = (observed: Resource | undefined, names: string): string => {
  if (!observed) return ''
  const { attributes, mark = 0 } = observed
  const values = names.split(',').map((name) => attributes[name] ?? null)
  return digest(JSON.stringify([mark, values]))
}

/** The names of what is asked for, of one object. */
const namesOf = ({ attributes }: Resource): string =>
  Object.keys(attributes)
    .filter((name) => attributes[name] !== undefined)
    .join(',')

/** What is to be noted when a configuration was applied, and all is as it says. */
export const noteApplied = (
  kinds: readonly Kind[],
  desired: readonly Resource[],
  observed: readonly Resource[],
): Applied => {
  const registry = makeRegistry(kinds)
  const worlds = { desired: makeWorld(registry, desired), observed: makeWorld(registry, observed) }
  const lists = new Map<string, number>()
  const objects: Record<string, string> = {}
  for (const { identity, resource } of worlds.desired.all) {
    const kind = kindOf(registry, resource)
    if (kind.afterwards === true) continue
    const found = worlds.observed.find(identity)
    const names = namesOf(kind.resolve?.(resource, found, worlds) ?? resource)
    const index = lists.get(names) ?? lists.size
    lists.set(names, index)
    objects[identity] = `${digestAsked(resource)}${digestFound(found, names)} ${String(index)}`
  }
  return { names: [...lists.keys()], objects }
}

interface Moved {
  readonly file: boolean
  readonly node: boolean
}

const causeOf = ({ file, node }: Moved): Cause | undefined => {
  if (file) return node ? 'both' : 'config'
  return node ? 'node' : undefined
}

const findMoved = ({ identity, declared, before }: Entry, applied: Applied): Moved | undefined => {
  const note = Object.hasOwn(applied.objects, identity) ? applied.objects[identity] : undefined
  const [digests = '', index = ''] = note?.split(' ') ?? []
  const names = applied.names[Number(index)]
  // The file asks for it now, and did not before; what it did not ask for is somebody else's affair.
  if (note === undefined || names === undefined) return declared && { file: true, node: false }
  return {
    file: digestAsked(declared) !== digests.slice(0, length),
    node: digestFound(before, names) !== digests.slice(length),
  }
}

/** Why an object is to change, as far as what was last applied tells. */
export const findCause = (
  entry: Entry,
  entries: ReadonlyMap<string, Entry>,
  applied: Applied | undefined,
): Cause => {
  if (!applied || entry.kind.afterwards === true) return 'unknown'
  const moved = findMoved(entry, applied)
  const own = moved && causeOf(moved)
  if (own) return own
  // What goes along with something else changes for the reason of that.
  const cause = entries.get(entry.vanishesWith ?? entry.losesWith ?? '')
  const other = cause && findMoved(cause, applied)
  return (other && causeOf(other)) ?? 'unknown'
}
