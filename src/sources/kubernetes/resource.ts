import { isJson } from '../json.ts'
import type { Access } from './access.ts'

/** What all objects have. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion?: string
    readonly creationTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** Whether it can be told from others: what has that is of a server, and the rest of it is as its version has it. */
export const isObject = (value: unknown): value is ApiObject =>
  isJson(value) && isJson(value['metadata']) && typeof value['metadata']['name'] === 'string'

/** A kind of objects, and what is kept of each: of a Node that is a hundredth. */
export interface Resource<T> {
  readonly name: string
  /** Where it is, on this server. */
  find(access: Access, signal: AbortSignal): Promise<string>
  readonly labelSelector?: string
  /** Undefined: it is none of those that count, for now. */
  project(object: ApiObject): T | undefined
}

/** Within its kind. */
export const keyOf = ({ metadata: { name, namespace } }: ApiObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`

/** In the query of a list, or a watch. */
export const selectionOf = ({
  labelSelector,
}: Pick<Resource<unknown>, 'labelSelector'>): Readonly<Record<string, string>> =>
  labelSelector === undefined ? {} : { labelSelector }
