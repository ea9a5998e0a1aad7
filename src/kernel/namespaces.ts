import { statSync } from 'node:fs'
import { join } from 'node:path'
import { netnsDirectory } from '../net/namespaces.ts'
import { readdir, readFile, stat, statNanoseconds } from './files.ts'
import type { NamespaceFile } from './reader.ts'

/** The namespace that is treated as the node. */
export interface Node {
  /** The file to enter it by; undefined where we are in it. */
  readonly path: string | undefined
  /** Inode of its network namespace. */
  readonly inode: number
  /**
   * When the kernel made it, where that can be told: inodes are used again, and what was noted of a
   * namespace that is gone is not true of the next.
   */
  readonly born?: string | undefined
}

/** The node cannot be entered: no such namespace, or not allowed. */
export class NodeError extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.name = 'NodeError'
    this.code = code
  }
}

/** The file of a namespace given as NAME, PATH or PID. */
const namespacePath = (netns: string): string => {
  if (/^[0-9]+$/.test(netns)) return `/proc/${netns}/ns/net`
  return netns.includes('/') ? netns : join(netnsDirectory, netns)
}

const ownPath = '/proc/self/ns/net'

// Of files that the kernel makes up: thread by thread each would take twenty times as long.
const findNamespaceFile = (path: string): NamespaceFile | undefined => {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (!found) return undefined
    return {
      path,
      inode: Number(found.ino),
      born: String(found.ctimeNs),
      stale: found.dev !== statSync(ownPath, { bigint: true }).dev,
      empty: found.isFile() && found.size === 0n,
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw new NodeError(`cannot look at the namespace ${path}: ${String(code)}`, String(code))
  }
}

/**
 * What is behind the file of a namespace, if it exists. A file of another file system than the
 * kernel's nsfs is a left-over of a crash.
 */
export const readNamespaceFile = (path: string): Promise<NamespaceFile | undefined> =>
  new Promise((resolve) => resolve(findNamespaceFile(path)))

/** The names below /run/netns, which may be those of any node of this machine. */
export const listNamespaces = async (): Promise<readonly string[]> => {
  try {
    return (await readdir(netnsDirectory)).toSorted()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Whether a namespace is mounted somewhere: only then the kernel keeps its file, with its times (nsfs). */
const isMounted = async (inode: number): Promise<boolean> =>
  (await readFile('/proc/self/mountinfo')).includes(` net:[${String(inode)}] `)

/** Of one with a name below /run/netns: others are mounted and unmounted while they live, as Docker does. */
const birthOf = async (inode: number, path: string): Promise<string | undefined> => {
  if (!path.startsWith(`${netnsDirectory}/`) || !(await isMounted(inode))) return undefined
  const { ctimeNs } = await statNanoseconds(path)
  return String(ctimeNs)
}

const statOwn = async (): Promise<{ readonly ino: number }> => {
  try {
    return await stat(ownPath)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new NodeError(
      `cannot look at ${ownPath}: ${String(code)}; is /proc mounted?`,
      String(code),
    )
  }
}

/**
 * The namespace that stands for the node.
 *
 * @param netns NAME, PATH or PID; undefined is the caller's own
 * @throws NodeError where there is none
 */
export const openNode = async (netns: string | undefined): Promise<Node> => {
  const own = await statOwn()
  const nodeOf = async (file: string | undefined, inode: number): Promise<Node> => ({
    path: file,
    inode,
    born: await birthOf(inode, file ?? ownPath),
  })
  if (netns === undefined) return nodeOf(undefined, own.ino)
  const path = namespacePath(netns)
  const file = await readNamespaceFile(path)
  if (!file || file.stale)
    throw new NodeError(`there is no network namespace ${netns} (${path})`, 'ENOENT')
  return nodeOf(file.inode === own.ino ? undefined : path, file.inode)
}
