import { mkdir, open, readFile, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from './reader.ts'

/**
 * What one owner noted on one node, in a tmpfs: it lives as long as the kernel state it describes.
 * It names objects that can carry no mark, with what is needed to give them back.
 */
export interface Records {
  readonly owner: string
  readonly ownerId: number
  readonly entries: ReadonlyMap<string, Json>
}

interface RecordsFile {
  readonly formatVersion: '1.0'
  readonly owner: string
  readonly ownerId: number
  readonly entries: Readonly<Record<string, Json>>
}

/** Canonical's tool reads configuration from /run/netplan, hence the other name. */
export const stateDirectory = '/run/nodeplan'

/** A node's folder: by the inode of its network namespace, so that `--netns` nodes do not meet. */
const nodeDirectory = (inode: number): string => join(stateDirectory, String(inode))

const parse = (text: string): Records => {
  const file = JSON.parse(text) as RecordsFile
  return {
    owner: file.owner,
    ownerId: file.ownerId,
    entries: new Map(Object.entries(file.entries)),
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** The records of all owners of a node; none where nothing was applied yet. */
export const readRecords = async (inode: number): Promise<readonly Records[]> => {
  const directory = nodeDirectory(inode)
  let names: string[]
  try {
    names = await readdir(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  const files = names.filter((name) => name.endsWith('.json')).sort()
  return Promise.all(
    files.map(async (name) => parse(await readFile(join(directory, name), 'utf8'))),
  )
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
export const removeRecords = async (inode: number, owner: string): Promise<void> => {
  await rm(join(nodeDirectory(inode), `${owner}.json`), { force: true })
  await removeEmpty(nodeDirectory(inode))
  await removeEmpty(stateDirectory)
}

/** Writes an owner's records so that a crash leaves the old ones or the new ones. */
export const writeRecords = async (inode: number, records: Records): Promise<void> => {
  const directory = nodeDirectory(inode)
  const path = join(directory, `${records.owner}.json`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file: RecordsFile = {
    formatVersion: '1.0',
    owner: records.owner,
    ownerId: records.ownerId,
    entries: Object.fromEntries([...records.entries].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  const temporary = `${path}.new`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(file, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}
