import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import type { Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NodeError, type Node } from './namespaces.ts'

/** Canonical's tool reads configuration from /run/netplan, hence the other name. */
export const stateDirectory = '/run/nodeplan'

/** What lies where we keep our notes may be of somebody else, so that it is neither read nor written. */
export class UnsafeStateError extends Error {
  readonly path: string
  constructor(path: string, reason: string, remedy = 'look at it, and remove it') {
    super(`${path} ${reason}, so that it is not to be trusted: ${remedy}`)
    this.name = 'UnsafeStateError'
    this.path = path
  }
}

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } =
  constants

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Root may write whatever it likes anyway. */
const isTrusted = (uid: number): boolean => uid === 0 || uid === process.geteuid?.()

const writableByOthers = 0o022

/** Why the owner or the mode of a file keeps it from being trusted; undefined: it is. */
const findDistrust = ({ uid, mode }: Stats): string | undefined => {
  if (!isTrusted(uid)) return `belongs to the user ${String(uid)}`
  return (mode & writableByOthers) === 0
    ? undefined
    : `may be written by others (mode ${(mode & 0o7777).toString(8)})`
}

const findFolderProblem = (stats: Stats): string | undefined => {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  return stats.isDirectory() ? findDistrust(stats) : 'is not a directory'
}

/** A second name would be a way in that our folder does not guard; none at all: it is replaced just now. */
const findFileProblem = (stats: Stats): string | undefined => {
  if (!stats.isFile()) return 'is not a regular file'
  return stats.nlink > 1 ? 'has another name elsewhere (a hard link)' : findDistrust(stats)
}

/** Whether a folder is there; @throws UnsafeStateError where it may be of somebody else. */
const checkFolder = async (path: string): Promise<boolean> => {
  try {
    const problem = findFolderProblem(await lstat(path))
    if (problem === undefined) return true
    throw new UnsafeStateError(path, problem)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

const worldWritable = 0o002
const sticky = 0o1000

/** Where others may rename what is ours, looking at it proves nothing. */
const checkParent = async (): Promise<void> => {
  const parent = dirname(stateDirectory)
  const { mode } = await lstat(parent)
  if ((mode & worldWritable) === 0 || (mode & sticky) !== 0) return
  const remedy = `chmod o-w ${parent}`
  throw new UnsafeStateError(parent, 'may be written by everybody and has no sticky bit', remedy)
}

const makeFolder = async (path: string): Promise<boolean> => {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    // Without its parent it is of no use to look at it.
    if (codeOf(error) === 'ENOENT') return false
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return checkFolder(path)
}

/** A node, as far as what is noted of it goes. */
export type NodeId = Pick<Node, 'inode' | 'born'>

/** A node's folder: by the inode of its network namespace, so that `--netns` nodes do not meet. */
const nodeDirectory = ({ inode }: NodeId): string => join(stateDirectory, String(inode))

/** Says of which namespace the notes are, where that can be told. */
const birthFile = 'born'

/** Whether the notes are of a namespace that is gone, and had the inode before. */
const isOfAnother = async (path: string, { born }: NodeId): Promise<boolean> => {
  if (born === undefined) return false
  const noted = await readSafely(join(path, birthFile))
  return noted !== undefined && noted !== `${born}\n`
}

/** Clears away what was noted of a namespace that is gone, and says of which the next notes are. */
const moveIn = async (path: string, node: NodeId): Promise<void> => {
  if (node.born === undefined) return
  if (await isOfAnother(path, node))
    for (const name of await readdir(path)) await rm(join(path, name))
  const file = join(path, birthFile)
  if ((await readSafely(file)) === undefined) await writeAtomically(file, `${node.born}\n`)
}

/**
 * The folder of a node's notes, which nobody else can write; undefined where there is none. Makes none.
 *
 * @throws UnsafeStateError where it may be of somebody else
 */
export const findStateDirectory = async (node: NodeId): Promise<string | undefined> => {
  await checkParent()
  const path = nodeDirectory(node)
  if (!(await checkFolder(stateDirectory)) || !(await checkFolder(path))) return undefined
  return (await isOfAnother(path, node)) ? undefined : path
}

const attempts = 5

/**
 * The folder of a node's notes, which nobody else can write. Makes it where there is none.
 *
 * @throws UnsafeStateError where it may be of somebody else
 */
export const openStateDirectory = async (node: NodeId): Promise<string> => {
  await checkParent()
  const path = nodeDirectory(node)
  // The last one to leave another node takes an empty folder away, and may do so between our two.
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if ((await makeFolder(stateDirectory)) && (await makeFolder(path))) {
      await moveIn(path, node)
      return path
    }
  }
  throw new NodeError(`${path} is removed by somebody as often as it is made`, 'ENOENT')
}

/** Opens a file that is ours. A pipe in its place does not make us wait. */
const openSafely = async (path: string, flags: number): Promise<FileHandle> => {
  let handle: FileHandle
  try {
    handle = await open(path, flags | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ELOOP') throw new UnsafeStateError(path, 'is a symbolic link')
    // A socket; a folder that is to be written.
    if (code === 'ENXIO' || code === 'EISDIR')
      throw new UnsafeStateError(path, 'is not a regular file')
    throw error
  }
  const problem = findFileProblem(await handle.stat())
  if (problem === undefined) return handle
  await handle.close()
  throw new UnsafeStateError(path, problem)
}

/** Does something with an open file, and closes it whatever comes. */
const closing = async <T>(handle: FileHandle, use: () => Promise<T>): Promise<T> => {
  try {
    return await use()
  } finally {
    await handle.close()
  }
}

/**
 * The text of a file that nobody else can have written; undefined where there is none.
 *
 * @throws UnsafeStateError where somebody else can
 */
export const readSafely = async (path: string): Promise<string | undefined> => {
  let handle: FileHandle
  try {
    handle = await openSafely(path, O_RDONLY)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  return closing(handle, () => handle.readFile('utf8'))
}

/** A full disk is the node's trouble, and says so. */
const explain = (path: string, error: unknown): unknown =>
  codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
    ? new NodeError(`cannot write ${path}: no space left in ${dirname(stateDirectory)}`, 'ENOSPC')
    : error

/** A new name is on disk when its folder is. */
const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  await closing(handle, () => handle.sync())
}

const temporarySuffix = '.new'

/** Whether a file is what a `writeAtomically` of `name` left behind that was killed. */
export const isLeftover = (file: string, name: string): boolean =>
  file.startsWith(`${name}.`) && file.endsWith(temporarySuffix)

/** Writes a file so that a crash, or a full disk, leaves the old one or the new one. */
export const writeAtomically = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.${randomBytes(8).toString('hex')}${temporarySuffix}`
  try {
    const handle = await open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    await closing(handle, async () => {
      await handle.writeFile(text)
      await handle.sync()
    })
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw explain(path, error)
  }
}

const newline = 0x0a

/** Whether the last line was cut short: by a kill, or by a machine that went down. */
const isCutShort = async (handle: FileHandle, size: number): Promise<boolean> => {
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] !== newline
}

/**
 * Adds a line to a file that is there; it is on disk when the promise is kept. Where it does not fit,
 * nothing of it is left. A line before it that was cut short stays a line of its own.
 *
 * @throws UnsafeStateError where somebody else can have written the file
 */
export const appendDurably = async (path: string, line: string): Promise<void> => {
  const handle = await openSafely(path, O_RDWR | O_APPEND)
  await closing(handle, async () => {
    const { size } = await handle.stat()
    const separator = (await isCutShort(handle, size)) ? '\n' : ''
    try {
      await handle.appendFile(`${separator}${line}\n`)
      await handle.datasync()
    } catch (error) {
      await handle.truncate(size)
      throw explain(path, error)
    }
  })
}
