import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A comment or an issue, as GitHub's API has them. */
interface Entry {
  readonly id: number
  readonly number: number
  readonly user: { readonly login: string }
  readonly body: string
  readonly state: string
}

/** As much of GitHub's API as comments and issues take, over HTTP. */
export interface Api {
  readonly url: string
  readonly entries: Entry[]
  readonly requests: string[]
  close(): void
}

const bodyOf = async (request: IncomingMessage): Promise<Partial<Entry>> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Partial<Entry>)
}

const PAGE = 100

export const startApi = async (login = 'github-actions[bot]'): Promise<Api> => {
  const entries: Entry[] = []
  const requests: string[] = []
  const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api')
    requests.push(`${request.method ?? ''} ${pathname}`)
    if (request.headers.authorization !== 'Bearer secret')
      return [401, { message: 'Bad credentials' }]
    const body = await bodyOf(request)
    if (request.method === 'GET') {
      const state = searchParams.get('state')
      const found = entries.filter((one) => state === null || one.state === state)
      const start = (Number(searchParams.get('page')) - 1) * PAGE
      return [200, found.slice(start, start + PAGE)]
    }
    const number =
      request.method === 'POST' ? entries.length + 1 : Number(pathname.split('/').at(-1))
    const before = entries[number - 1] ?? {
      id: number,
      number,
      user: { login },
      body: '',
      state: 'open',
    }
    entries[number - 1] = { ...before, ...body }
    return [request.method === 'POST' ? 201 : 200, entries[number - 1]]
  }
  const server = createServer((request, response) => {
    answer(request).then(
      ([status, body]) => response.writeHead(status).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, entries, requests, close: () => void server.close() }
}
