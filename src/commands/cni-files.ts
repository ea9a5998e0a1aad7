import { createHash } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeAtomically } from '../kernel/state-files.ts'

/** What runtimes call. */
export const programName = 'netplan-cni'

/** The folder of a copy of the program: of one version, and one Node. */
const copyPrefix = `.${programName}-`

/** A file, and where it is in a copy. */
interface Part {
  readonly path: string
  readonly content: string
  readonly mode: number
}

/** The program, with the Node that runs this one: a runtime has no $PATH to speak of. */
const readProgram = async (root: string): Promise<readonly Part[]> => {
  const starter = await readFile(join(root, 'bin/run.cjs'), 'utf8')
  const program = await readFile(join(root, `dist/${programName}.cjs`), 'latin1')
  const content = starter.replace(/^#!.*\n/, `#!${process.execPath}\n`)
  return [
    { path: 'bin/run.cjs', content, mode: 0o755 },
    { path: `dist/${programName}.cjs`, content: program, mode: 0o644 },
  ]
}

const digestOf = (parts: readonly Part[]): string => {
  const hash = createHash('sha256')
  for (const { path, content } of parts) hash.update(`${path}\0${content}\0`)
  return hash.digest('hex').slice(0, 16)
}

const isThere = async (path: string): Promise<boolean> => {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

const readTarget = async (path: string): Promise<string | undefined> => {
  try {
    return await readlink(path)
  } catch (error) {
    // Nothing, or a file that somebody put there.
    if (['ENOENT', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

const draftOf = (path: string): string => `${path}.new-${String(process.pid)}`

/** The copy is whole as soon as it has its name. */
const writeCopy = async (folder: string, parts: readonly Part[]): Promise<void> => {
  if (await isThere(folder)) return
  const draft = draftOf(folder)
  await rm(draft, { recursive: true, force: true })
  for (const { path, content, mode } of parts) {
    const file = join(draft, path)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, content, 'latin1')
    await chmod(file, mode)
  }
  await rename(draft, folder)
}

const copiesIn = async (binDir: string): Promise<readonly string[]> =>
  (await isThere(binDir))
    ? (await readdir(binDir)).filter((name) => name.startsWith(copyPrefix))
    : []

const removeCopies = async (binDir: string, kept?: string): Promise<void> => {
  for (const name of await copiesIn(binDir))
    if (name !== kept) await rm(join(binDir, name), { recursive: true, force: true })
}

/**
 * Puts the program where runtimes look for it. At any moment there is the one that was, or the one that is to be.
 *
 * @param root of this program
 * @returns whether it was another one, or none
 */
export const placeProgram = async (root: string, binDir: string): Promise<boolean> => {
  const parts = await readProgram(root)
  const copy = `${copyPrefix}${digestOf(parts)}`
  const link = join(binDir, programName)
  const target = join(copy, 'bin/run.cjs')
  await mkdir(binDir, { recursive: true, mode: 0o755 })
  const isPlaced = (await readTarget(link)) === target && (await isThere(join(binDir, target)))
  if (!isPlaced) {
    await writeCopy(join(binDir, copy), parts)
    const draft = draftOf(link)
    await rm(draft, { force: true })
    await symlink(target, draft)
    await rename(draft, link)
  }
  await removeCopies(binDir, copy)
  return !isPlaced
}

/** @returns whether there was one */
export const removeProgram = async (binDir: string): Promise<boolean> => {
  const link = join(binDir, programName)
  const isOurs = (await readTarget(link))?.startsWith(copyPrefix) === true
  if (isOurs) await rm(link, { force: true })
  await removeCopies(binDir)
  return isOurs
}

/** Writes a file as it has to be, whole. @returns whether it was otherwise */
export const placeFile = async (path: string, content: string): Promise<boolean> => {
  if ((await isThere(path)) && (await readFile(path, 'utf8')) === content) return false
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  await writeAtomically(path, content, 0o644)
  return true
}

/** @returns whether there was one */
export const removeFile = async (path: string): Promise<boolean> => {
  const found = await isThere(path)
  await rm(path, { force: true })
  return found
}
