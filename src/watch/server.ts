import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Health } from './health.ts'
import type { Metrics } from './metrics.ts'

export interface Listening {
  /** Where it listens: a port that was left to the kernel is known by then. */
  readonly address: AddressInfo
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly body: string
}

const say = (problem: string | undefined): Answer =>
  problem === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${problem}\n` }

const answerTo = async (url: string, metrics: Metrics, health: Health): Promise<Answer> => {
  const [path] = url.split('?')
  switch (path) {
    case '/healthz':
      return say(health.illness())
    case '/readyz':
      return say(health.unreadiness())
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4', body: await metrics.text() }
    default:
      return { status: 404, body: 'there are /healthz, /readyz and /metrics\n' }
  }
}

const respond = async (
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
  { metrics, health }: { readonly metrics: Metrics; readonly health: Health },
): Promise<void> => {
  const isRead = method === 'GET' || method === 'HEAD'
  const answer = isRead
    ? await answerTo(url, metrics, health)
    : { status: 405, body: 'GET and HEAD alone\n' }
  const { status, type = 'text/plain', body } = answer
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` })
  response.end(method === 'HEAD' ? '' : body)
}

/** Who asks slowly is not waited for, in milliseconds. */
const patience = 10_000

/**
 * Answers on /healthz, /readyz and /metrics.
 *
 * @param host an address of this machine; loopback keeps it from others
 * @throws Error (EADDRINUSE and the like) where it cannot listen
 */
export const serve = async (
  { host, port }: { readonly host: string; readonly port: number },
  telling: { readonly metrics: Metrics; readonly health: Health },
): Promise<Listening> => {
  const server: Server = createServer((request, response) => {
    respond(request, response, telling).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  server.requestTimeout = patience
  server.headersTimeout = patience
  server.maxConnections = 64
  server.listen({ host, port })
  await once(server, 'listening')
  return {
    address: server.address() as AddressInfo,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
