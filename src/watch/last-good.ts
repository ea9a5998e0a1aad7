import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafely, writeAtomically } from '../kernel/state-files.ts'
import type { Revision } from '../sources/source.ts'

/** The last revision that a node was brought to: what a loop begins with where its source is away. */
export interface LastGood {
  /** Undefined: there is none, or none that can be read. */
  read(): Promise<Revision | undefined>
  write(revision: Revision): Promise<void>
}

const parse = (text: string): Revision | undefined => {
  try {
    const { revision, documents } = JSON.parse(text) as Revision
    const isSound = typeof revision === 'string' && Array.isArray(documents)
    return isSound ? { revision, documents } : undefined
  } catch {
    return undefined
  }
}

/**
 * @param folder is made, for nobody else to read, where there is none
 * @param whose what tells loops of one machine apart: the source, and the node
 */
export const openLastGood = (folder: string, whose: readonly string[]): LastGood => {
  const digest = createHash('sha256').update(JSON.stringify(whose)).digest('hex').slice(0, 12)
  const file = join(folder, `last-good-${digest}.json`)
  let known = ''
  return {
    read: async () => {
      known = (await readSafely(file)) ?? ''
      return parse(known)
    },
    write: async (revision) => {
      const text = `${JSON.stringify(revision)}\n`
      if (text === known) return
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeAtomically(file, text)
      known = text
    },
  }
}
