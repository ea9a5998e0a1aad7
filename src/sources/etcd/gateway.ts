/** What etcd's gateway speaks, as far as it is used: bytes are base64, numbers of 64 bits are texts, zeros are left out. */

interface Header {
  readonly revision?: string
}

export interface KeyValue {
  readonly key: string
  readonly value?: string
  readonly mod_revision?: string
}

export interface RangeResponse {
  readonly header?: Header
  readonly kvs?: readonly KeyValue[]
  readonly more?: boolean
}

export interface WatchResponse {
  readonly header?: Header
  readonly created?: boolean
  readonly canceled?: boolean
  readonly compact_revision?: string
  readonly cancel_reason?: string
  readonly events?: readonly { readonly type?: string; readonly kv: KeyValue }[]
}

/** In answers, and in streams as `error`; by version. */
export interface ErrorBody {
  readonly code?: number
  readonly grpc_code?: number
  readonly error?: string
  readonly message?: string
}

export const encode = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64')

/** All keys that begin so: from it to the first that is behind all of them. */
export const rangeOf = (prefix: string): { readonly key: string; readonly range_end: string } => {
  const end = Buffer.from(prefix)
  // It ends with a slash, which is never the last of all bytes.
  end.writeUInt8((end.at(-1) ?? 0) + 1, end.length - 1)
  return { key: encode(prefix), range_end: encode(end) }
}
