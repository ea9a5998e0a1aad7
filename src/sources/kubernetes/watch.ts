import { longestText, readLines } from '../body.ts'
import type { Access } from './access.ts'
import { isJson } from '../json.ts'
import { ApiError, errorOf } from './api-error.ts'
import type { Status } from './api-error.ts'
import { ask, tooLong } from './request.ts'
import { isObject, selectionOf } from './resource.ts'
import type { ApiObject, Resource } from './resource.ts'

/** What a watch says of an object. A bookmark says only how far it is. */
export type Change =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: ApiObject }
  | { readonly type: 'BOOKMARK'; readonly object: Pick<ApiObject, 'metadata'> }

type Line = Change | { readonly type: 'ERROR'; readonly object: Status }

const ofObjects: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED']

const isLine = (line: unknown): line is Line => {
  if (!isJson(line) || !isJson(line['object'])) return false
  const { type, object } = line
  if (ofObjects.includes(type)) return isObject(object)
  return type === 'ERROR' || (type === 'BOOKMARK' && isJson(object['metadata']))
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const parseLine = (text: string): Line => {
  const line = parseJson(text)
  if (isLine(line)) return line
  throw new ApiError('malformed', `a watch says what is no change: ${text.slice(0, 80)}`)
}

/** A watch that is open. */
export interface Watching {
  readonly path: string
  readonly resource: Pick<Resource<unknown>, 'labelSelector'>
  /** Behind which it begins. */
  readonly version: string
  /** For which the server is to keep it open. */
  readonly seconds: number
}

/**
 * What changes, until the server ends it.
 *
 * @throws ApiError, of reason `expired` where the server does not know any more what came behind the version
 */
export async function* watchChanges(
  access: Access,
  { path, resource, version, seconds }: Watching,
  signal: AbortSignal,
): AsyncGenerator<Change | 'open'> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: version,
    timeoutSeconds: String(seconds),
    ...selectionOf(resource),
  }
  const answer = await ask(access, { path, query }, signal)
  yield 'open'
  for await (const text of readLines(answer, longestText, tooLong)) {
    if (text === '') continue
    const line = parseLine(text)
    if (line.type === 'ERROR') throw errorOf(line.object, undefined)
    yield line
  }
}
