// agent.js ORDER: does one thing with the state directory, in a mount namespace that a test has made
// for it, and prints what came of it as JSON. A process of its own, since /run is the whole machine's.
import { UnsafeStateError } from '../../src/kernel/trust.ts'
import { appendDurably, readSafely, writeAtomically } from '../../src/kernel/state-files.ts'
import { findStateDirectory, openStateDirectory } from '../../src/kernel/state.ts'
import { readRecords, removeRecords, writeRecords } from '../../src/kernel/records.ts'

export type Order =
  | { readonly do: 'open' | 'find' | 'readRecords'; readonly inode: number }
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'write' | 'append'; readonly path: string; readonly text: string }
  | { readonly do: 'writeRecords' | 'removeRecords'; readonly inode: number }

export interface Answer {
  readonly value?: unknown
  readonly error?: {
    readonly unsafe: boolean
    readonly code: string | undefined
    readonly message: string
  }
}

const obey = (order: Order): Promise<unknown> => {
  switch (order.do) {
    case 'open':
      return openStateDirectory({ inode: order.inode })
    case 'find':
      return findStateDirectory({ inode: order.inode })
    case 'readRecords':
      return readRecords({ inode: order.inode })
    case 'writeRecords':
      return writeRecords(
        { inode: order.inode },
        { owner: 'np', ownerId: 33, entries: new Map([['a', 1]]) },
      )
    case 'removeRecords':
      return removeRecords({ inode: order.inode }, 'np')
    case 'read':
      return readSafely(order.path)
    case 'write':
      return writeAtomically(order.path, order.text)
    case 'append':
      return appendDurably(order.path, order.text)
  }
}

const answerTo = async (order: Order): Promise<Answer> => {
  try {
    return { value: await obey(order) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { error: { unsafe: error instanceof UnsafeStateError, code, message } }
  }
}

const order = process.argv[2]
if (order !== undefined)
  process.stdout.write(JSON.stringify(await answerTo(JSON.parse(order) as Order)))
