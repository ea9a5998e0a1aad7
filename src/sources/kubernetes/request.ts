import { request as requestHttp } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Access, Connection } from './access.ts'
import { longestText, readAll } from '../body.ts'
import { isJson } from '../json.ts'
import { ApiError, errorOf } from './api-error.ts'
import type { Status } from './api-error.ts'

/** What is asked for. */
export interface Question {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

/** So that a way that is cut is noticed by the kernel, in milliseconds. */
const keepAlive = 30_000

const urlOf = ({ server }: Connection, { path, query }: Question): URL => {
  const url = new URL(server)
  // A server may be below a path of another one.
  url.pathname = url.pathname.replace(/\/$/, '') + path
  url.search = new URLSearchParams(query).toString()
  return url
}

const send = (
  connection: Connection,
  question: Question,
  signal: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const url = urlOf(connection, question)
    const { options } = connection
    const own = options.headers as OutgoingHttpHeaders
    const headers = { ...own, accept: 'application/json', 'user-agent': 'netplan' }
    const request = url.protocol === 'http:' ? requestHttp : requestHttps
    const outgoing = request(url, { ...options, headers, signal })
    outgoing.setSocketKeepAlive(true, keepAlive)
    outgoing.on('response', resolve).on('error', reject).end()
  })

export const tooLong = (): ApiError => new ApiError('malformed', 'an answer of more than 256 MiB')

const readText = (answer: IncomingMessage): Promise<string> => readAll(answer, longestText, tooLong)

/** A server says it in JSON, and what stands before a server in HTML. */
const parseStatus = (text: string): Status => {
  const inWords = { message: text.slice(0, 200) }
  try {
    const found: unknown = JSON.parse(text)
    return isJson(found) ? found : inWords
  } catch {
    return inWords
  }
}

/** @throws ApiError where the answer is no answer */
export const ask = async (
  access: Access,
  question: Question,
  signal: AbortSignal,
): Promise<IncomingMessage> => {
  const answer = await send(await access.connect(), question, signal)
  const { statusCode: code = 0, headers } = answer
  if (code === 200) return answer
  if (code === 401) access.forget()
  const { message, details } = parseStatus(await readText(answer))
  const after = Number.parseInt(headers['retry-after'] ?? '', 10)
  throw errorOf(
    { code, message: message ?? answer.statusMessage ?? '', ...(details ? { details } : {}) },
    Number.isNaN(after) ? undefined : after,
  )
}

/** An answer that is one document of JSON, whatever it says. */
export const askJson = async (
  access: Access,
  question: Question,
  signal: AbortSignal,
): Promise<unknown> => JSON.parse(await readText(await ask(access, question, signal))) as unknown
