import { createHash } from 'node:crypto'
import { statSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Diagnostic } from '../config/diagnostics.ts'
import { readFiles } from '../config/files.ts'
import type { FileText } from '../config/load.ts'
import { makeAlarm } from './alarm.ts'
import type { Alarm } from './alarm.ts'
import { isBlank } from './blank.ts'
import type { Revision, Source, SourceEvent, Subscription } from './source.ts'

export interface FilesOptions {
  /** As given with -f: files and folders. */
  readonly files: readonly string[]
  readonly cwd: string
  /** Milliseconds after which they are read although nobody said that they changed: inotify misses what is on other machines. */
  readonly poll: number
  /** Milliseconds for which a change has to stay the same: who writes a file writes it bit by bit. */
  readonly settle: number
}

interface Read {
  readonly texts: readonly FileText[]
  readonly diagnostics: readonly Diagnostic[]
}

const neverAsked = (): never => {
  throw new Error('standard input is no file that can be watched')
}

const read = async ({ files, cwd }: FilesOptions): Promise<Read> => {
  const { files: texts, diagnostics } = await readFiles({ files, cwd, readStdin: neverAsked })
  return { texts: texts.map(({ name, text }) => ({ name, text })), diagnostics }
}

const digestOf = ({ texts, diagnostics }: Read): string =>
  createHash('sha256')
    .update(JSON.stringify([texts, diagnostics]))
    .digest('hex')

/** Reads until it is the same twice; undefined: nobody asks any more. */
const readSettled = async (
  options: FilesOptions,
  known: string,
  signal: AbortSignal,
): Promise<Read | undefined> => {
  let found = await read(options)
  while (digestOf(found) !== known) {
    await sleep(options.settle, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return undefined
    const again = await read(options)
    if (digestOf(again) === digestOf(found)) return again
    found = again
  }
  return found
}

/** The folder, or that of the file: a file that is replaced is another one, and so is what a link leads to. */
const folderOf = (path: string): string => {
  try {
    return statSync(path).isDirectory() ? path : dirname(path)
  } catch {
    return dirname(path)
  }
}

/** Rings where something happens in the folders, as far as the kernel can say so. */
const watchFolders = ({ files, cwd }: FilesOptions, alarm: Alarm): (() => void) => {
  const folders = new Set(files.map((file) => folderOf(resolve(cwd, file))))
  const watchers = [...folders].flatMap((folder): readonly FSWatcher[] => {
    try {
      // A folder that goes is found by looking.
      return [watch(folder, alarm.ring).on('error', alarm.ring)]
    } catch {
      return [] // a folder that is not there, or no watches left: it is looked at now and then
    }
  })
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}

const revisionOf = (found: Read): Revision => ({
  revision: digestOf(found).slice(0, 12),
  // A file that was cut short to nothing is no wish for nothing.
  documents: found.texts.every(({ text }) => isBlank(text)) ? [] : found.texts,
})

/** What of files that are another is to be told. */
const eventOf = ({ diagnostics: [first] }: Read, wasThere: boolean): SourceEvent | undefined => {
  if (first) return { kind: 'disconnected', reason: 'unreadable', error: first.message }
  return wasThere ? undefined : { kind: 'connected' }
}

async function* subscribe(
  options: FilesOptions,
  subscription: Subscription,
): AsyncGenerator<Revision> {
  const { signal, tell } = subscription
  let known = ''
  let isThere = false
  while (!signal.aborted) {
    const alarm = makeAlarm()
    // Anew each time: the folder may be another one by now.
    const unwatch = watchFolders(options, alarm)
    try {
      const found = await readSettled(options, known, signal)
      if (!found) return
      const isNew = digestOf(found) !== known
      known = digestOf(found)
      const event = isNew ? eventOf(found, isThere) : undefined
      if (event) tell(event)
      isThere = found.diagnostics.length === 0
      if (isNew && isThere) yield revisionOf(found)
      await alarm.wait(options.poll, signal)
      // A folder in which something happens all the time is not read all the time.
      await sleep(options.settle, undefined, { signal }).catch(() => undefined)
    } finally {
      unwatch()
    }
  }
}

/** Files and folders: a checkout of Git, a mounted ConfigMap. */
export const filesSource = (options: FilesOptions): Source => ({
  name: `file ${options.files.join(' ')}`,
  subscribe: (subscription) => subscribe(options, subscription),
})
