import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { SourceEvent } from '../source.ts'
import type { Access } from './access.ts'
import { ApiError, toApiError } from './api-error.ts'
import { withDeadline } from './deadline.ts'
import { listAll } from './list.ts'
import { keyOf } from './resource.ts'
import type { Resource } from './resource.ts'
import { drawSeconds, drawWait } from './timing.ts'
import type { Timing } from './timing.ts'
import { watchChanges } from './watch.ts'
import type { Change } from './watch.ts'

/** What a server has of a kind. */
export interface Reflection<T> {
  /** Undefined: they are not known yet. */
  objects: Map<string, T> | undefined
  /** As the server counts. */
  version: string
}

export interface Reflecting<T> {
  readonly access: Access
  readonly resource: Resource<T>
  readonly timing: Timing
  readonly signal: AbortSignal
  tell(event: SourceEvent): void
  /** What is known is another. */
  changed(): void
}

/** How far it is with one server. */
interface Progress<T> {
  readonly reflection: Reflection<T>
  path: string
  /** Everything has to be listed: at first, and where the server has forgotten what changed meanwhile. */
  isStale: boolean
  failures: number
}

const relist = async <T>(
  { access, resource, timing, signal, changed }: Reflecting<T>,
  progress: Progress<T>,
): Promise<void> => {
  // Anew each time: a server that was upgraded may have it elsewhere.
  progress.path = await withDeadline(signal, timing.answer, (ends) => resource.find(access, ends))
  const { objects, version } = await withDeadline(signal, timing.answer, (ends) =>
    listAll(access, { path: progress.path, resource }, ends),
  )
  const { reflection } = progress
  const isSame = isDeepStrictEqual(reflection.objects, objects)
  Object.assign(reflection, { objects, version })
  progress.isStale = false
  if (!isSame) changed()
}

/** Whether it makes a difference. A heartbeat of a node makes none. */
const heed = <T>(
  { type, object }: Change,
  objects: Map<string, T>,
  resource: Resource<T>,
): boolean => {
  if (type === 'BOOKMARK') return false
  const key = keyOf(object)
  const found = type === 'DELETED' ? undefined : resource.project(object)
  if (found === undefined) return objects.delete(key)
  if (isDeepStrictEqual(objects.get(key), found)) return false
  objects.set(key, found)
  return true
}

/** Follows until the server ends it, which it does now and then, or something fails. */
const follow = async <T>(
  { access, resource, timing, signal, tell, changed }: Reflecting<T>,
  { path, reflection }: Progress<T>,
): Promise<void> => {
  const { objects, version } = reflection
  const seconds = drawSeconds(timing)
  await withDeadline(signal, seconds * 1000 + timing.grace, async (ends) => {
    for await (const change of watchChanges(access, { path, resource, version, seconds }, ends)) {
      if (change === 'open') {
        tell({ kind: 'connected' })
        continue
      }
      if (objects && heed(change, objects, resource)) changed()
      reflection.version = change.object.metadata.resourceVersion ?? reflection.version
    }
  })
}

const step = async <T>(reflecting: Reflecting<T>, progress: Progress<T>): Promise<void> => {
  if (progress.isStale) await relist(reflecting, progress)
  const began = performance.now()
  const isSound = (): boolean => performance.now() - began > reflecting.timing.sound
  try {
    await follow(reflecting, progress)
  } finally {
    if (isSound()) progress.failures = 0
  }
  // A server that ends each watch at once would be asked all the time.
  if (!isSound()) throw new ApiError('closed', 'the server ended a watch as soon as it began')
}

const fail = async <T>(
  { timing, signal, tell }: Reflecting<T>,
  progress: Progress<T>,
  cause: unknown,
): Promise<void> => {
  if (signal.aborted) return
  const error = toApiError(cause)
  // `absent`: it is elsewhere by now.
  if (error.reason === 'expired' || error.reason === 'absent') progress.isStale = true
  if (error.reason !== 'expired')
    tell({ kind: 'disconnected', reason: error.reason, error: error.message })
  progress.failures += 1
  const wait = drawWait(timing, progress.failures, error.rest)
  await sleep(wait, undefined, { signal }).catch(() => undefined)
}

/** Keeps what a server has of a kind, until the signal ends it: lists it, and follows what changes. */
export const reflect = async <T>(
  reflecting: Reflecting<T>,
  reflection: Reflection<T>,
): Promise<void> => {
  const progress: Progress<T> = { reflection, path: '', isStale: true, failures: 0 }
  const { signal } = reflecting
  while (!signal.aborted) {
    try {
      await step(reflecting, progress)
    } catch (error) {
      await fail(reflecting, progress, error)
    }
  }
}
