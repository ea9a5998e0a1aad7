import { isUtf8 } from 'node:buffer'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Diagnostic } from './diagnostics.ts'
import { makeSourceFile, STDIN_NAME, type SourceFile } from './source.ts'

const MAX_BYTES = 16 * 1024 * 1024

export interface FileOptions {
  /** As given with -f: files, folders, or `-` for standard input. */
  readonly files: readonly string[]
  readonly readStdin: () => Promise<Uint8Array | string>
  readonly cwd: string
}

/** The files in the order in which they count, and what could not be read. */
export const readFiles = async (
  options: FileOptions,
): Promise<{
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
}> => {
  const diagnostics: Diagnostic[] = []
  const names = await Promise.all(options.files.map((name) => listFiles(name, options.cwd)))
  const files: SourceFile[] = []
  for (const name of firstOfEach(names.flat(), options.cwd)) {
    const read = typeof name === 'string' ? await readOne(name, options) : name
    if ('severity' in read) diagnostics.push(read)
    else files.push(read)
  }
  return { files, diagnostics }
}

/** A file twice, as `-f net.d -f net.d/10.yaml` has it, is read once. */
const firstOfEach = (
  names: readonly (string | Diagnostic)[],
  cwd: string,
): readonly (string | Diagnostic)[] => {
  const keyOf = (name: string | Diagnostic): unknown =>
    typeof name === 'string' ? resolve(cwd, name) : name
  return [...new Map(names.toReversed().map((name) => [keyOf(name), name])).values()].toReversed()
}

/** The file itself, or the files of the folder, in byte order and without hidden ones. */
const listFiles = async (name: string, cwd: string): Promise<readonly (string | Diagnostic)[]> => {
  if (name === '-') return [name]
  try {
    const path = resolve(cwd, name)
    if (!(await stat(path)).isDirectory()) return [name]
    const found = (await readdir(path)).filter((entry) => /^[^.].*\.(yaml|yml|json)$/.test(entry))
    if (found.length > 0) return found.toSorted(compareBytes).map((entry) => join(name, entry))
    return [readError(`${name} has no *.yaml, *.yml or *.json in it`)]
  } catch (error) {
    return [readError(describeFailure(name, error))]
  }
}

const compareBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b))

const readOne = async (name: string, options: FileOptions): Promise<SourceFile | Diagnostic> => {
  try {
    const bytes = await readBytes(name, options)
    const shown = name === '-' ? STDIN_NAME : name
    if (bytes.length > MAX_BYTES) return readError(`${shown} is larger than 16 MiB`)
    if (!isUtf8(bytes)) return readError(`${shown} is not UTF-8 text`)
    // Editors count columns without the byte order mark.
    return makeSourceFile(shown, bytes.toString('utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    return readError(describeFailure(name, error))
  }
}

const readBytes = async (name: string, { cwd, readStdin }: FileOptions): Promise<Buffer> => {
  if (name === '-') return Buffer.from((await readStdin()) as Uint8Array)
  const path = resolve(cwd, name)
  // A sparse file or /dev/zero shall not fill the memory first.
  const { size } = await stat(path)
  return size > MAX_BYTES ? Buffer.alloc(MAX_BYTES + 1) : readFile(path)
}

const readError = (message: string): Diagnostic => ({ severity: 'error', code: 'read', message })

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ELOOP: 'too many symbolic links',
  ENOTDIR: 'a part of its path is not a directory',
}

const describeFailure = (name: string, error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return `cannot read ${name === '-' ? 'standard input' : name}: ${REASONS[code] ?? message}`
}
