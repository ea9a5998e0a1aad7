import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { lstat, mkdir, readdir, rm } from './files.ts'
import { withFlock } from './flock.ts'
import { NodeError, type Node } from './namespaces.ts'
import { readSafely, writeAtomically } from './state-files.ts'
import { codeOf, findDistrust, UnsafeStateError } from './trust.ts'

/** Canonical's tool reads configuration from /run/netplan, hence the other name. */
export const stateDirectory = '/run/nodeplan'

const findFolderProblem = (stats: Stats): string | undefined => {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  return stats.isDirectory() ? findDistrust(stats) : 'is not a directory'
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

/** What an apply locks: see lock.ts. */
export const lockFile = 'lock'

/** Says of which namespace the notes are, where that can be told. */
const birthFile = 'born'

/** Whether the notes are of a namespace that is gone, and had the inode before. */
const isOfAnother = async (path: string, { born }: NodeId): Promise<boolean> => {
  if (born === undefined) return false
  const noted = await readSafely(join(path, birthFile))
  return noted !== undefined && noted !== `${born}\n`
}

/** All but the lock, which somebody may have open. */
const clearAway = async (path: string): Promise<void> => {
  const names = (await readdir(path)).filter((name) => name !== lockFile)
  for (const name of names) await rm(join(path, name), { force: true })
}

/** How long another one may take to clear away the same, in milliseconds. */
const patience = 10_000

/**
 * Clears away what was noted of a namespace that is gone, and says of which the next notes are. One at a time:
 * who comes second would clear away what the first has noted by then.
 */
const moveIn = async (path: string, node: NodeId): Promise<void> => {
  const { born } = node
  if (born === undefined) return
  const file = join(path, birthFile)
  const noted = await readSafely(file)
  if (noted === undefined) return writeAtomically(file, `${born}\n`)
  if (noted === `${born}\n`) return
  await withFlock(join(stateDirectory, 'moving'), patience, async () => {
    if (await isOfAnother(path, node)) await clearAway(path)
    await writeAtomically(file, `${born}\n`)
  })
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
