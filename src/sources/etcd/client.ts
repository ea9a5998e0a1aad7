import type { IncomingMessage } from 'node:http'
import { longestText, readAll as readText, readLines } from '../body.ts'
import { isJson } from '../json.ts'
import type { Credentials } from './credentials.ts'
import { EtcdError, errorOf } from './error.ts'
import type { ErrorBody, KeyValue, RangeResponse, WatchResponse } from './gateway.ts'
import { encode, rangeOf } from './gateway.ts'
import { openWire } from './http.ts'
import type { Wire } from './http.ts'

/** One member of an etcd, asked as one user. */
export interface Client {
  /** All that is there at one revision. */
  list(prefix: string): Promise<{ readonly revision: bigint; readonly kvs: readonly KeyValue[] }>
  /** Asks whether it is there, and the others of it. */
  beat(prefix: string): Promise<void>
  /** Begins to read what changes from a revision on; what is returned ends by an error alone. */
  watch(prefix: string, from: bigint): Promise<AsyncIterable<WatchResponse>>
  close(): void
}

export interface ClientOptions {
  readonly endpoint: string
  readonly credentials: Credentials
  /** Milliseconds without a byte, after which it counts as silent. */
  readonly patience: number
  readonly signal: AbortSignal
}

/** Keys of an answer: values of 1.5 MiB, etcd's own limit, make less of it than a text of Node can be. */
const pageSize = 100

const tooLong = (): EtcdError => new EtcdError('http', 'an answer of more than 256 MiB')

const readAll = (answer: IncomingMessage): Promise<string> => readText(answer, longestText, tooLong)

const parse = (text: string, status = 200): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    const answer = `${String(status)} ${JSON.stringify(text.slice(0, 80))}`
    throw new EtcdError('http', `this is no etcd 3.4 or later: it answers ${answer}`)
  }
}

const told = ({ code, grpc_code: other, message, error }: ErrorBody): EtcdError =>
  errorOf(code ?? other ?? 0, message ?? error ?? 'an error without words')

/** What etcd told instead of an answer. */
const failureOf = async (answer: IncomingMessage): Promise<EtcdError> => {
  const { statusCode: status } = answer
  const body = parse(await readAll(answer), status) as ErrorBody | null
  const isTold = typeof body === 'object' && body !== null && 'code' in body
  return isTold ? told(body) : new EtcdError('http', `it answers ${String(status)}`)
}

/** What etcd would never say. */
const strange = (): EtcdError =>
  new EtcdError('http', 'this is no etcd: it answers what makes no sense')

const areSound = (kvs: unknown): boolean =>
  Array.isArray(kvs) && kvs.every((kv: unknown) => isJson(kv) && typeof kv['key'] === 'string')

const isChange = (result: unknown): result is WatchResponse => {
  if (!isJson(result)) return false
  const { events = [] } = result
  const kvOf = (event: unknown): unknown => (isJson(event) ? event['kv'] : undefined)
  return Array.isArray(events) && areSound(events.map(kvOf))
}

/** A line of a watch: what changed, or why it ends. */
const readChange = (line: string): WatchResponse => {
  const found = parse(line)
  if (!isJson(found)) throw strange()
  const { result, error } = found as { result?: unknown; error?: ErrorBody }
  if (error) throw told(error)
  if (!isChange(result)) throw strange()
  if (result.canceled !== true) return result
  if (result.compact_revision !== undefined)
    throw new EtcdError(
      'compacted',
      `what changed before revision ${result.compact_revision} is no more`,
    )
  const { cancel_reason: why = '' } = result
  throw errorOf(0, why === '' ? 'it has ended the watch' : why)
}

async function* readChanges(answer: IncomingMessage): AsyncGenerator<WatchResponse> {
  for await (const line of readLines(answer, longestText, tooLong)) yield readChange(line)
  throw new EtcdError('closed', 'it has closed the watch')
}

const tokenOf = (told: unknown): string | undefined => {
  const { token } = isJson(told) ? told : {}
  return typeof token === 'string' ? token : undefined
}

/** A token of a user; undefined where nobody is asked who he is. */
const authenticate = async (wire: Wire, options: ClientOptions): Promise<string | undefined> => {
  const { user } = options.credentials
  if (!user) return undefined
  const answer = await wire.post('/v3/auth/authenticate', user, options)
  if (answer.statusCode === 200) return tokenOf(parse(await readAll(answer)))
  const error = await failureOf(answer)
  if (error.message.includes('authentication is not enabled')) return undefined
  throw error
}

type Ask = (path: string, body: unknown) => Promise<IncomingMessage>

/** Asks as the user that there is. Tokens end, the user stays. */
const makeAsk = (wire: Wire, options: ClientOptions): Ask => {
  let token: Promise<string | undefined> | undefined
  const post: Ask = async (path, body) => {
    const known = await (token ??= authenticate(wire, options))
    const answer = await wire.post(path, body, { ...options, token: known })
    if (answer.statusCode === 200) return answer
    throw await failureOf(answer)
  }
  return async (path, body) => {
    try {
      return await post(path, body)
    } catch (error) {
      const isOver = error instanceof EtcdError && error.reason === 'unauthenticated'
      if (!isOver || !options.credentials.user || !(await token)) throw error
      token = undefined
      return post(path, body)
    }
  }
}

const askRange = async (ask: Ask, body: object): Promise<RangeResponse> => {
  const found = parse(await readAll(await ask('/v3/kv/range', body)))
  if (isJson(found) && areSound(found['kvs'] ?? [])) return found
  throw strange()
}

const list = async (ask: Ask, prefix: string): ReturnType<Client['list']> => {
  const { key, range_end } = rangeOf(prefix)
  const first = await askRange(ask, { key, range_end, limit: pageSize })
  const revision = String(first.header?.revision)
  if (!/^\d+$/.test(revision)) throw strange()
  const kvs = [...(first.kvs ?? [])]
  for (let page = first; page.more === true; kvs.push(...(page.kvs ?? []))) {
    const last = Buffer.from(kvs.at(-1)?.key ?? '', 'base64')
    const next = encode(Buffer.concat([last, Buffer.of(0)]))
    page = await askRange(ask, { key: next, range_end, limit: pageSize, revision })
  }
  return { revision: BigInt(revision), kvs }
}

export const openClient = (options: ClientOptions): Client => {
  const wire = openWire(options.endpoint, options.credentials)
  const ask = makeAsk(wire, options)
  return {
    list: (prefix) => list(ask, prefix),
    beat: async (prefix) => {
      // Not `serializable`: a member that has lost the others would answer that, and tell of no change.
      await askRange(ask, { ...rangeOf(prefix), count_only: true })
    },
    watch: async (prefix, from) => {
      const asked = { ...rangeOf(prefix), start_revision: String(from), progress_notify: true }
      const answer = await ask('/v3/watch', { create_request: asked })
      // From here on it may be silent for as long as nothing changes.
      answer.setTimeout(0)
      return readChanges(answer)
    },
    close: () => wire.close(),
  }
}
