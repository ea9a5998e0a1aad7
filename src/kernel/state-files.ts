import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import { open, rename, rm } from './files.ts'
import type { OpenFile } from './files.ts'
import { NodeError } from './namespaces.ts'
import { codeOf, findDistrust, UnsafeStateError } from './trust.ts'

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } =
  constants

/** A second name would be a way in that our folder does not guard; none at all: it is replaced just now. */
const findFileProblem = (stats: Stats): string | undefined => {
  if (!stats.isFile()) return 'is not a regular file'
  return stats.nlink > 1 ? 'has another name elsewhere (a hard link)' : findDistrust(stats)
}

/** Opens a file that is ours. A pipe in its place does not make us wait. */
const openSafely = async (path: string, flags: number): Promise<OpenFile> => {
  let handle: OpenFile
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
const closing = async <T>(handle: OpenFile, use: () => Promise<T>): Promise<T> => {
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
  let handle: OpenFile
  try {
    handle = await openSafely(path, O_RDONLY)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  return closing(handle, () => handle.readFile())
}

/** A full disk is the node's trouble, and says so. */
const explain = (path: string, error: unknown): unknown =>
  codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
    ? new NodeError(`cannot write ${path}: no space left in /run`, 'ENOSPC')
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

/** Who may read a file: its owner alone, whom the umask lets, or by exactly these bits. */
export type Access = 'own' | 'usual' | number

const modes = { own: 0o600, usual: 0o666 }

/** Writes a file so that a crash, or a full disk, leaves the old one or the new one. */
export const writeAtomically = async (
  path: string,
  text: string,
  access: Access = 'own',
): Promise<void> => {
  const temporary = `${path}.${randomBytes(8).toString('hex')}${temporarySuffix}`
  const mode = typeof access === 'number' ? access : modes[access]
  try {
    const handle = await open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
    await closing(handle, async () => {
      // The mask of the process, which services have tight, would take away who else is to read it.
      if (typeof access === 'number') await handle.chmod(access)
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
const isCutShort = async (handle: OpenFile, size: number): Promise<boolean> => {
  if (size === 0) return false
  return (await handle.read(1, size - 1))[0] !== newline
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
      await handle.writeFile(`${separator}${line}\n`)
      await handle.datasync()
    } catch (error) {
      await handle.truncate(size)
      throw explain(path, error)
    }
  })
}
