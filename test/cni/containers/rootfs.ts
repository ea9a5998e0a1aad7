import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const program = '/bin/sleep'

/** What a container runs: nothing, for long enough. */
export const command = [program, '600']

// What the program is linked with, as `ldd` prints it: a library is behind an arrow, the loader is not.
const librariesOf = (file: string): string[] =>
  execFileSync('ldd', [file], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => /(?:^\s+|=> )(\/\S+)/.exec(line)?.[1] ?? [])

/** A folder with this one program in it: all that a container needs that has only a network. */
export const makeRootfs = (folder: string): string => {
  const rootfs = join(folder, 'rootfs')
  for (const name of ['dev', 'etc', 'proc', 'run', 'sys', 'tmp'])
    mkdirSync(join(rootfs, name), { recursive: true })
  for (const file of [program, ...librariesOf(program)]) {
    mkdirSync(dirname(join(rootfs, file)), { recursive: true })
    cpSync(file, join(rootfs, file), { dereference: true })
  }
  return rootfs
}
