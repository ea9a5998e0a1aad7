import { netnsDirectory } from '../net/namespaces.ts'
import type { Place } from '../kernel/live.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import type { Kind, Resource } from './kind.ts'
import { step } from './kind.ts'
import { linkGroup } from './ownership.ts'

/** A network namespace with a name below /run/netns, or one that somebody else made. */
export interface Namespace extends Resource {
  readonly kind: 'namespace'
  readonly name: string
  /** The file to enter it by. */
  readonly path: string
  /** Ours to create and delete; not so where it was given by pid or path. */
  readonly managed: boolean
  /** Observed: inode of the namespace. */
  readonly inode?: number
  /** Observed: a file that is no namespace is in the way (N-18). */
  readonly stale?: boolean
  /** Observed: the groups of the links in it. */
  readonly groups?: ReadonlySet<number>
}

export const namespaceIdentity = (name: string): string => `namespace ${name}`

const identityPrefix = namespaceIdentity('')

/** The namespaces to read: those of the file, and those that we once made. */
export const placesOf = (
  desired: readonly Resource[],
  records: ReadonlyMap<string, Json>,
): readonly Place[] => {
  const places = new Map<string, Place>()
  for (const identity of records.keys()) {
    if (!identity.startsWith(identityPrefix)) continue
    const name = identity.slice(identityPrefix.length)
    places.set(name, { name, path: `${netnsDirectory}/${name}` })
  }
  for (const resource of desired) {
    if (resource.kind !== 'namespace') continue
    const { name, path } = resource as Namespace
    places.set(name, { name, path })
  }
  return [...places.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const observe = async (
  reader: Reader,
  desired: readonly Namespace[],
): Promise<readonly Namespace[]> => {
  const wanted = new Map(desired.map((namespace) => [namespace.name, namespace]))
  const recorded = [...reader.records.keys()]
    .filter((identity) => identity.startsWith(identityPrefix))
    .map((identity) => identity.slice(identityPrefix.length))
  const names = [...new Set([...wanted.keys(), ...recorded])].sort()
  const found = await Promise.all(
    names.map(async (name): Promise<readonly Namespace[]> => {
      const file = reader.namespace(name)
      // Where we must not make it, a file that is no namespace is as good as none.
      if (!file || (file.stale && wanted.get(name)?.managed === false)) return []
      const links = file.stale ? [] : (await reader.ip(name)).links
      return [
        {
          kind: 'namespace',
          namespace: '',
          name,
          path: file.path,
          managed: wanted.get(name)?.managed ?? true,
          inode: file.inode,
          stale: file.stale,
          groups: new Set(links.map(({ group }) => Number(group))),
          attributes: file.stale ? { stale: true } : {},
        },
      ]
    }),
  )
  return found.flat()
}

/** Network namespaces (ip-netns(8), network_namespaces(7)). */
export const namespaceKind: Kind<Namespace> = {
  name: 'namespace',
  identity: ({ name }) => namespaceIdentity(name),
  observe,
  owner: (namespace, owner) => {
    const noted = owner.records.get(namespaceIdentity(namespace.name)) as
      { inode: number } | undefined
    // A left-over file is nobody's; a namespace that holds a link of ours was made for it.
    // Inode 0 was noted before it was made, by a run that did not end.
    const ours = noted && (noted.inode === 0 || noted.inode === namespace.inode)
    return namespace.stale === true || ours || namespace.groups?.has(linkGroup(owner)) === true
      ? 'ours'
      : 'foreign'
  },
  configures: ({ managed }) => !managed,
  missing: ({ managed, path }) => (managed ? undefined : `there is no network namespace ${path}`),
  resolve: (namespace, observed) =>
    observed?.stale === true ? { ...namespace, attributes: { stale: false } } : namespace,
  replaces: () => true,
  requires: () => [],
  steps: (edit) => {
    if (edit.action === 'update') return []
    const { name, path, stale } = edit.action === 'create' ? edit.after : edit.before
    if (edit.action === 'create') return [step('', ['ip', 'netns', 'add', name])]
    return [step('', stale === true ? ['rm', '--', path] : ['ip', 'netns', 'delete', name])]
  },
  record: ({ managed }, before) =>
    managed ? { inode: before?.stale === true ? 0 : (before?.inode ?? 0) } : undefined,
}
