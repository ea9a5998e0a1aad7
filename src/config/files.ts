import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Diagnostic } from './diagnostics.ts'
import { shownName, type SourceFile } from './source.ts'

/** Twice what 40,000 lines take; a block of text of this size takes 200 MB to read. */
const MAX_BYTES = 16 * 1024 * 1024

export interface FileOptions {
  /** As given with -f: files, folders, or `-` for standard input. */
  readonly files: readonly string[]
  readonly readStdin: () => Promise<Uint8Array | string>
  readonly cwd: string
}

/**
 * The files in the order in which they count, and what could not be read. Files are read
 * synchronously: there is nothing to do meanwhile, and promises take milliseconds of the start.
 */
export const readFiles = async (
  options: FileOptions,
): Promise<{
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
}> => {
  const files: SourceFile[] = []
  const diagnostics: Diagnostic[] = []
  const listed = options.files.flatMap((name) => listFiles(name, options.cwd))
  for (const name of dropRepeated(listed, options.cwd)) {
    const read = typeof name === 'string' ? await readOne(name, options) : name
    if ('severity' in read) diagnostics.push(read)
    else files.push(read)
  }
  return { files, diagnostics }
}

/** The file itself, or the files of the folder, in byte order and without hidden ones. */
const listFiles = (name: string, cwd: string): readonly (string | Diagnostic)[] => {
  if (name === '-') return [name]
  try {
    const path = resolve(cwd, name)
    if (!statSync(path).isDirectory()) return [name]
    const found = readdirSync(path).filter((entry) => /^[^.].*\.(yaml|yml|json)$/.test(entry))
    if (found.length > 0) return found.toSorted(compareBytes).map((entry) => join(name, entry))
    return [readError(`${name} has no *.yaml, *.yml or *.json in it`)]
  } catch (error) {
    return [describeFailure(name, error)]
  }
}

const compareBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b))

/** A file that is named twice, as in `-f net.d -f net.d/10.yaml`, is read once. */
const dropRepeated = (
  names: readonly (string | Diagnostic)[],
  cwd: string,
): readonly (string | Diagnostic)[] => {
  const seen = new Set<unknown>()
  return names.filter((name) => {
    const key = typeof name === 'string' && name !== '-' ? resolve(cwd, name) : name
    return seen.size < seen.add(key).size
  })
}

const readOne = async (name: string, options: FileOptions): Promise<SourceFile | Diagnostic> => {
  const shown = shownName(name)
  try {
    const bytes =
      name === '-'
        ? Buffer.from((await options.readStdin()) as Uint8Array)
        : readAtMost(resolve(options.cwd, name), MAX_BYTES + 1)
    if (bytes.length > MAX_BYTES) return readError(`cannot read ${shown}: larger than 16 MiB`)
    if (!isUtf8(bytes)) return readError(`cannot read ${shown}: not a text file in UTF-8`)
    // Editors count columns without the byte order mark.
    return { name: shown, text: bytes.toString('utf8').replace(/^\uFEFF/, '') }
  } catch (error) {
    return describeFailure(shown, error)
  }
}

/** The beginning of a file, be it a pipe or endless. */
const readAtMost = (path: string, limit: number): Buffer => {
  const descriptor = openSync(path, 'r')
  try {
    const chunks: Buffer[] = []
    for (let total = 0; total < limit; total += chunks.at(-1)?.length ?? 0) {
      const chunk = Buffer.alloc(64 * 1024)
      const length = readSync(descriptor, chunk)
      if (length === 0) break
      chunks.push(chunk.subarray(0, length))
    }
    return Buffer.concat(chunks)
  } finally {
    closeSync(descriptor)
  }
}

const readError = (message: string, hint?: string): Diagnostic => ({
  severity: 'error',
  code: 'read',
  message,
  ...(hint !== undefined && { hint }),
})

/** The file that is read where none is named. */
export const DEFAULT_FILE = 'netplan.yaml'

const firstSteps =
  'another file is named by -f FILE; netplan import -o netplan.yaml writes one for what this node has'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENOTDIR: 'a part of its path is not a directory',
}

const describeFailure = (name: string, error: unknown): Diagnostic => {
  const { code = '', message } = error as NodeJS.ErrnoException
  const hint = code === 'ENOENT' && name === DEFAULT_FILE ? firstSteps : undefined
  return readError(`cannot read ${name}: ${REASONS[code] ?? message}`, hint)
}
