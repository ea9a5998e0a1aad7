import * as http from 'node:http'
import type { IncomingMessage } from 'node:http'
import * as https from 'node:https'
import type { Credentials } from './credentials.ts'
import { EtcdError } from './error.ts'

/** Requests to one member, over connections that are kept. */
export interface Wire {
  /** The beginning of an answer, whatever its status. */
  post(path: string, body: unknown, options: PostOptions): Promise<IncomingMessage>
  close(): void
}

interface PostOptions {
  readonly token?: string | undefined
  /** Milliseconds without a byte, after which it counts as silent. */
  readonly patience: number
  readonly signal: AbortSignal
}

/** After which the kernel asks whether the other machine is still there, in milliseconds. */
const keepAlive = 15_000

export const openWire = (endpoint: string, { tls }: Credentials): Wire => {
  const isSecure = endpoint.startsWith('https:')
  const { Agent, request } = isSecure ? https : http
  const agent = new Agent({ keepAlive: true, ...tls })
  const post: Wire['post'] = (path, body, { token, patience, signal }) =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: token }),
      }
      const sent = request(new URL(path, endpoint), { method: 'POST', agent, headers, signal })
      let answer: IncomingMessage | undefined
      sent.setTimeout(patience, () => {
        const message = `it has said nothing for ${String(patience / 1000)} s`
        const part = answer ?? sent
        part.destroy(new EtcdError('timeout', message))
      })
      sent.on('socket', (socket) => socket.setKeepAlive(true, keepAlive))
      sent.on('response', (found) => resolve((answer = found))).on('error', reject)
      sent.end(JSON.stringify(body))
    })
  return { post, close: () => agent.destroy() }
}
