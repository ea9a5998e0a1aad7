import type { Access } from './access.ts'
import { ApiError, errorOf } from './api-error.ts'
import type { Status } from './api-error.ts'
import { readLines } from './lines.ts'
import { ask } from './request.ts'
import { selectionOf } from './resource.ts'
import type { ApiObject, Resource } from './resource.ts'

/** What a watch says of an object. A bookmark says only how far it is. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: ApiObject
}

type Line = Change | { readonly type: 'ERROR'; readonly object: Status }

const parseLine = (text: string): Line => {
  try {
    return JSON.parse(text) as Line
  } catch {
    throw new ApiError('malformed', `a watch says what is no JSON: ${text.slice(0, 80)}`)
  }
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
  for await (const text of readLines(answer as AsyncIterable<string>)) {
    const line = parseLine(text)
    if (line.type === 'ERROR') throw errorOf(line.object, undefined)
    yield line
  }
}
