import {
  closeSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type { BigIntStats, Stats } from 'node:fs'

// The calls of node:fs/promises, made at once: what is noted, and what the kernel makes up, are small files in memory. To
// hand one to a thread and to wait for it takes ten times as long, and the code for it takes as long to start as Node does
// to read all of them.

/** A call that is made at once; what it throws is a refusal. */
const atOnce =
  <A extends readonly unknown[], R>(call: (...args: A) => R) =>
  (...args: A): Promise<R> =>
    new Promise((resolve) => resolve(call(...args)))

interface Write {
  readonly flag?: string
  readonly mode?: number
}

export const link = atOnce((from: string, to: string) => linkSync(from, to))
export const lstat = atOnce((path: string): Stats => lstatSync(path))
export const stat = atOnce((path: string): Stats => statSync(path))
export const statNanoseconds = atOnce((path: string): BigIntStats =>
  statSync(path, { bigint: true }),
)
export const mkdir = atOnce(
  (path: string, options: { recursive?: boolean; mode: number }): void => {
    mkdirSync(path, options)
  },
)
export const readdir = atOnce((path: string): readonly string[] => readdirSync(path))
export const readFile = atOnce((path: string): string => readFileSync(path, 'utf8'))
export const rename = atOnce((from: string, to: string) => renameSync(from, to))
export const rm = atOnce((path: string, options: { readonly force?: boolean }) =>
  rmSync(path, options),
)
export const rmdir = atOnce((path: string) => rmdirSync(path))
export const writeFile = atOnce((path: string, text: string, options: Write = {}) =>
  writeFileSync(path, text, options),
)

/** An open file. */
export interface OpenFile {
  readonly fd: number
  stat(): Promise<Stats>
  chmod(mode: number): Promise<void>
  /** From where it is read to its end, as text. */
  readFile(): Promise<string>
  /** At most so many bytes from there on. */
  read(length: number, position: number): Promise<Buffer>
  /** From the beginning on, or at its end where it is open for that. */
  writeFile(text: string): Promise<void>
  truncate(length: number): Promise<void>
  sync(): Promise<void>
  datasync(): Promise<void>
  close(): Promise<void>
}

const readAt = (fd: number, length: number, position: number): Buffer => {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position))
}

/** A kernel may take less than it is given. */
const writeAll = (fd: number, text: string): void => {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
}

export const open = atOnce((path: string, flags: number, mode?: number): OpenFile => {
  const fd = openSync(path, flags, mode)
  return {
    fd,
    stat: atOnce(() => fstatSync(fd)),
    chmod: atOnce((to: number) => fchmodSync(fd, to)),
    readFile: atOnce(() => readFileSync(fd, 'utf8')),
    read: atOnce((length: number, position: number) => readAt(fd, length, position)),
    writeFile: atOnce((text: string) => writeAll(fd, text)),
    truncate: atOnce((length: number) => ftruncateSync(fd, length)),
    sync: atOnce(() => fsyncSync(fd)),
    datasync: atOnce(() => fdatasyncSync(fd)),
    close: atOnce(() => closeSync(fd)),
  }
})
