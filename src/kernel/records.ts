import { join } from 'node:path'
import { readdir, rm, rmdir } from './files.ts'
import type { Applied, Ipv6Rules, Json } from './reader.ts'
import { isLeftover, readSafely, writeAtomically } from './state-files.ts'
import { findStateDirectory, openStateDirectory, stateDirectory } from './state.ts'
import type { NodeId } from './state.ts'

/**
 * What one owner noted on one node, in a tmpfs: it lives as long as the kernel state it describes.
 * It names objects that can carry no mark, with what is needed to give them back.
 */
export interface Records {
  readonly owner: string
  readonly ownerId: number
  readonly entries: ReadonlyMap<string, Json>
  /**
   * When it was noted what was to be made, in milliseconds since 1970: what is older is not what was made then.
   * Default: now.
   */
  readonly notedAt?: number | undefined
  /** To ask takes a program in each namespace, and hardly anybody has one. */
  readonly ipv6Rules?: Ipv6Rules | undefined
  readonly applied?: Applied | undefined
}

interface RecordsFile {
  readonly formatVersion: '1.0'
  readonly owner: string
  readonly ownerId: number
  readonly entries: Readonly<Record<string, Json>>
  readonly notedAt?: number
  readonly ipv6Rules?: Ipv6Rules
  /** Of those that write it. */
  readonly applied?: Applied
}

const parse = (text: string): Records => {
  const file = JSON.parse(text) as RecordsFile
  return {
    owner: file.owner,
    ownerId: file.ownerId,
    entries: new Map(Object.entries(file.entries)),
    notedAt: file.notedAt,
    ipv6Rules: file.ipv6Rules,
    applied: file.applied,
  }
}

const suffix = '.json'

/** Of what is known of the node as it is: see commands/standing.ts. */
export const standingSuffix = '.standing'

/** Noted before it was made, so that it has no number yet. */
const isUnmade = (noted: Json | undefined): boolean => {
  const { inode, index } = (noted ?? {}) as { readonly inode?: number; readonly index?: number }
  return inode === 0 || index === 0
}

/** Whether notes still hold something that was noted to be made, and of which nobody knows whether it was. */
export const carriesUnmade = (
  earlier: Records | undefined,
  entries: ReadonlyMap<string, Json>,
): boolean =>
  earlier !== undefined &&
  [...earlier.entries].some(([key, noted]) => isUnmade(noted) && isUnmade(entries.get(key)))

/** The records of all owners of a node; none where nothing was applied yet. */
export const readRecords = async (node: NodeId): Promise<readonly Records[]> => {
  const directory = await findStateDirectory(node)
  if (directory === undefined) return []
  const names = (await readdir(directory)).filter((name) => name.endsWith(suffix)).toSorted()
  const texts = await Promise.all(names.map((name) => readSafely(join(directory, name))))
  // What is gone meanwhile was forgotten meanwhile.
  return texts.flatMap((text) => (text === undefined ? [] : [parse(text)]))
}

/** Removes a folder that nobody uses any more. */
const removeEmpty = async (directory: string): Promise<void> => {
  try {
    await rmdir(directory)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error
  }
}

/** Forgets an owner that owns nothing any more, and leaves nothing behind. */
export const removeRecords = async (node: NodeId, owner: string): Promise<void> => {
  const directory = await findStateDirectory(node)
  if (directory !== undefined) {
    const names = [`${owner}${suffix}`, `${owner}${standingSuffix}`]
    const left = (await readdir(directory)).filter((file) =>
      names.some((name) => isLeftover(file, name)),
    )
    await Promise.all([...names, ...left].map((file) => rm(join(directory, file), { force: true })))
    await removeEmpty(directory)
  }
  await removeEmpty(stateDirectory)
}

/** Writes an owner's records so that a crash leaves the old ones or the new ones. */
export const writeRecords = async (node: NodeId, records: Records): Promise<void> => {
  const path = join(await openStateDirectory(node), `${records.owner}${suffix}`)
  const file: RecordsFile = {
    formatVersion: '1.0',
    owner: records.owner,
    ownerId: records.ownerId,
    entries: Object.fromEntries([...records.entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    notedAt: records.notedAt ?? Date.now(),
    ...(records.ipv6Rules ? { ipv6Rules: records.ipv6Rules } : {}),
    ...(records.applied ? { applied: records.applied } : {}),
  }
  await writeAtomically(path, `${JSON.stringify(file, null, 2)}\n`)
}
