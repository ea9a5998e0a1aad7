import type { Access } from './access.ts'
import { askJson } from './request.ts'
import { isJson } from '../json.ts'
import { ApiError } from './api-error.ts'
import { isObject, keyOf, selectionOf } from './resource.ts'
import type { ApiObject, Resource } from './resource.ts'

/** So many at once: a list of all nodes of a large cluster would be tens of megabytes. */
const limit = 500

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items?: readonly ApiObject[] | null
}

/** All objects of a kind at one time. */
export interface Listed<T> {
  readonly objects: Map<string, T>
  /** From here on a watch tells what changes. */
  readonly version: string
}

const isPage = (answer: unknown): answer is Page => {
  if (!isJson(answer) || !isJson(answer['metadata'])) return false
  const { metadata, items = null } = answer
  const isWhole = items === null || (Array.isArray(items) && items.every(isObject))
  return isWhole && typeof metadata['resourceVersion'] === 'string'
}

const askPage = async (...question: Parameters<typeof askJson>): Promise<Page> => {
  const answer = await askJson(...question)
  if (isPage(answer)) return answer
  throw new ApiError('malformed', 'a list is none: what answers is no API server')
}

/** @throws ApiError, of reason `expired` where it took so long that its later pages are gone */
export const listAll = async <T>(
  access: Access,
  { path, resource }: { readonly path: string; readonly resource: Resource<T> },
  signal: AbortSignal,
): Promise<Listed<T>> => {
  const objects = new Map<string, T>()
  let token: string | undefined
  for (;;) {
    const more = token === undefined ? {} : { continue: token }
    const query = { limit: String(limit), ...selectionOf(resource), ...more }
    const { metadata, items } = await askPage(access, { path, query }, signal)
    for (const item of items ?? []) {
      const found = resource.project(item)
      if (found !== undefined) objects.set(keyOf(item), found)
    }
    token = metadata.continue
    if (token === undefined || token === '') return { objects, version: metadata.resourceVersion }
  }
}
