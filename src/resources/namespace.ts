import { netnsDirectory } from '../net/namespaces.ts'
import type { Place } from '../kernel/answers.ts'
import type { Json, Reader } from '../kernel/reader.ts'
import type { Kind, Owner, Resource } from './kind.ts'
import { step } from './kind.ts'
import { ownerOfGroup } from './ownership.ts'

/** A network namespace with a name below /run/netns, or one that somebody else made. */
export interface Namespace extends Resource {
  readonly kind: 'namespace'
  readonly name: string
  /** The file to enter it by. */
  readonly path: string
  /** Ours to create and delete; not so where it was given by pid or path. */
  readonly managed: boolean
  /** Observed: inode of the namespace, and when it was made. */
  readonly inode?: number
  readonly born?: string | undefined
  /** Observed: a file that is no namespace is in the way (N-18), and whether anything is in it. */
  readonly stale?: boolean
  readonly empty?: boolean | undefined
  /** Observed: a link in it carries an owner's mark. */
  readonly holdsOurs?: boolean
  /** Observed: there is nothing in it but `lo`. */
  readonly bare?: boolean
}

/** What is noted of a namespace; inode 0 until it is made. */
interface Noted {
  readonly inode: number
  readonly born?: string
  /** Of one that was given: where. It is read as long as something of ours may be in it. */
  readonly path?: string
}

export const namespaceIdentity = (name: string): string => `namespace ${name}`

const identityPrefix = namespaceIdentity('')

/** The namespaces to read: those of the file, and those that we once made. */
export const placesOf = (
  desired: readonly Resource[],
  records: ReadonlyMap<string, Json>,
): readonly Place[] => {
  const places = new Map<string, Place>()
  for (const [identity, noted] of records) {
    if (!identity.startsWith(identityPrefix)) continue
    const name = identity.slice(identityPrefix.length)
    const { path = `${netnsDirectory}/${name}`, inode } = noted as unknown as Noted
    // Another namespace of that name, by now, is nothing of ours to look at.
    places.set(name, { name, path, ...(inode === 0 ? {} : { inode }) })
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
      const noted = reader.records.get(namespaceIdentity(name)) as Noted | undefined
      return [
        {
          kind: 'namespace',
          namespace: '',
          name,
          path: file.path,
          managed: wanted.get(name)?.managed ?? noted?.path === undefined,
          inode: file.inode,
          born: file.born,
          stale: file.stale,
          empty: file.empty,
          bare: links.every(({ ifname }) => ifname === 'lo'),
          holdsOurs: links.some(({ group }) => ownerOfGroup(Number(group)) !== undefined),
          attributes: file.stale ? { stale: true } : {},
        },
      ]
    }),
  )
  return found.flat()
}

/** By how much the kernel's clock of files may lag behind, in milliseconds (ktime_get_coarse_real_ts64). */
const lag = 20

/**
 * Whether a namespace may be the one that was noted before it was made, by a run that did not end: not so if
 * it is older than the note, or if others have put something into it. What somebody else made meanwhile under
 * that name is not ours.
 */
const isAsNoted = ({ born, bare, holdsOurs }: Namespace, { notedAt }: Owner): boolean => {
  const isYounger =
    born === undefined || notedAt === undefined || Number(born) / 1e6 >= notedAt - lag
  return isYounger && (bare !== false || holdsOurs === true)
}

/** Network namespaces (ip-netns(8), network_namespaces(7)). */
export const namespaceKind: Kind<Namespace> = {
  name: 'namespace',
  identity: ({ name }) => namespaceIdentity(name),
  observe,
  owner: (namespace, owner) => {
    const { name, managed, inode, born, stale, empty } = namespace
    // Given by pid or path, it is entered, whatever is in it.
    if (!managed) return 'foreign'
    // What a crash left where a namespace was is in nobody's way.
    if (stale === true) return empty === true ? 'ours' : 'foreign'
    const noted = owner.records.get(namespaceIdentity(name)) as Noted | undefined
    if (!noted || noted.path !== undefined) return 'foreign'
    const isOurs =
      noted.inode === 0 ? isAsNoted(namespace, owner) : noted.inode === inode && noted.born === born
    return isOurs ? 'ours' : 'foreign'
  },
  // One that holds a link of ours serves as it is, but is not ours to delete for that.
  configures: ({ managed }, { holdsOurs }) => !managed || holdsOurs === true,
  missing: ({ managed, path }) => (managed ? undefined : `there is no network namespace ${path}`),
  resolve: (namespace, observed) =>
    observed?.stale === true ? { ...namespace, attributes: { stale: false } } : namespace,
  state: ({ inode = 0, born = null }) => [inode, born],
  replaces: () => true,
  requires: () => [],
  steps: (edit) => {
    if (edit.action === 'update') return []
    const { name, path, stale } = edit.action === 'create' ? edit.after : edit.before
    if (edit.action === 'create') return [step('', ['ip', 'netns', 'add', name])]
    return [step('', stale === true ? ['rm', '--', path] : ['ip', 'netns', 'delete', name])]
  },
  record: ({ managed, path }, before, ownership) => {
    const found = before?.stale === true ? undefined : before
    const inode = found?.inode ?? 0
    if (!managed) return { inode, path }
    if (found && ownership !== 'ours') return undefined
    return found?.born === undefined ? { inode } : { inode, born: found.born }
  },
}
