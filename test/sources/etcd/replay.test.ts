import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { listen } from './listen.ts'
import type { Listener } from './listen.ts'

/** What an etcd of ours answers: of a list, and of watches, one after the other; the last of them again and again. */
interface Script {
  readonly list: (count: number, body: string) => object
  readonly watches: readonly ((answer: ServerResponse) => unknown)[]
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const header = (revision: number): object => ({ revision: String(revision) })
const kv = (key: string, value: string): object => ({ key: base64(key), value: base64(value) })

const read = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString('utf8')
  return text
}

const serve = async (t: ExecutionContext, listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`
}

/** Requests, as they came. */
const play = async (t: ExecutionContext, script: Script): Promise<[Listener, string[]]> => {
  const asked: string[] = []
  let lists = 0
  let watches = 0
  const host = await serve(t, (request, answer) => {
    const reply = async (): Promise<void> => {
      const body = await read(request)
      asked.push(`${String(request.url)} ${body}`)
      if (body.includes('count_only')) answer.end('{"header":{}}')
      else if (request.url === '/v3/kv/range')
        answer.end(JSON.stringify(script.list(lists++, body)))
      else await script.watches[Math.min(watches++, script.watches.length - 1)]?.(answer)
    }
    reply().catch((error: unknown) => answer.destroy(error as Error))
  })
  const listener = listen(`etcd://${host}/net/`)
  t.teardown(() => listener.end())
  return [listener, asked]
}

const line = (result: object): string => `${JSON.stringify({ result })}\n`
const created = line({ header: header(5), created: true })
const change = (revision: number, value: string): string =>
  line({ header: header(revision), events: [{ kv: kv('/net/a', value) }] })
const quiet = (answer: ServerResponse): unknown => answer.write(created)
const one = (value: string) => (): object => ({ header: header(5), kvs: [kv('/net/a', value)] })

test('a watch begins behind the list, and is read wherever it is cut', async (t) => {
  const text = created + change(6, 'a: "ü日"') + change(9, 'a: 😀')
  const drip = async (answer: ServerResponse): Promise<void> => {
    for (const byte of Buffer.from(text)) {
      answer.write(Buffer.of(byte))
      await sleep(0)
    }
  }
  const [listener, asked] = await play(t, { list: one('a: 1'), watches: [drip] })
  await listener.texts('a: 😀')
  t.deepEqual(
    listener.revisions.map(({ revision, documents }) => [revision, documents[0]?.text]),
    [
      ['5', 'a: 1'],
      ['6', 'a: "ü日"'],
      ['9', 'a: 😀'],
    ],
  )
  const range = { key: base64('/net/'), range_end: base64('/net0') }
  t.deepEqual(JSON.parse(asked[1]?.replace(/^\S+ /, '') ?? ''), {
    create_request: { ...range, start_revision: '6', progress_notify: true },
  })
})

test('a list of several answers is one of one revision', async (t) => {
  const pages = [
    { header: header(5), kvs: [kv('/net/a', 'a: 1')], more: true },
    { header: header(7), kvs: [kv('/net/b', 'b: 1')] },
  ]
  const list = (count: number): object => pages[count] ?? {}
  const [listener, asked] = await play(t, { list, watches: [quiet] })
  await listener.texts('a: 1', 'b: 1')
  t.is(listener.revisions[0]?.revision, '5')
  t.like(JSON.parse(asked[1]?.replace(/^\S+ /, '') ?? ''), {
    key: base64('/net/a\0'),
    range_end: base64('/net0'),
    revision: '5',
  })
})

test('what etcd would never say is told, and it is asked again', async (t) => {
  const answers: readonly unknown[] = [null, {}, 7, { header: header(5), kvs: [null] }]
  const list = (count: number): object => (count < 4 ? answers[count] : one('a: 1')()) as object
  const strange = ['null', '{}', '{"result":{"events":[{}]}}', '{"result":7}']
  const watches = strange.map(
    (text) => (answer: ServerResponse) => answer.write(`${created}${text}\n`),
  )
  const news = (answer: ServerResponse): unknown => answer.write(created + change(6, 'a: 2'))
  const [listener] = await play(t, { list, watches: [...watches, news] })
  await listener.texts('a: 2')
  t.like(listener.events[0], { kind: 'disconnected', reason: 'http' })
})

const ends: Readonly<Record<string, readonly [string, (answer: ServerResponse) => unknown]>> = {
  'a compaction': [
    'compacted',
    (answer) => answer.write(created + line({ canceled: true, compact_revision: '27' })),
  ],
  'a token that is no good': [
    'unauthenticated',
    (answer) =>
      answer.write(
        line({ canceled: true, cancel_reason: 'rpc error: etcdserver: invalid auth token' }),
      ),
  ],
  'a user who may not': [
    'denied',
    (answer) =>
      answer.write(line({ canceled: true, cancel_reason: 'etcdserver: permission denied' })),
  ],
  'an end without a reason': ['etcd', (answer) => answer.write(line({ canceled: true }))],
  'no leader': [
    'timeout',
    (answer) => answer.write('{"error":{"grpc_code":14,"message":"etcdserver: no leader"}}\n'),
  ],
  'an end': ['closed', (answer) => answer.end(created)],
  'an end in the middle of a line': [
    'closed',
    (answer) => answer.end(created + change(6, 'a: 9').slice(0, -9)),
  ],
  'a connection that breaks': ['closed', (answer) => answer.write(created, () => answer.destroy())],
  'what is no JSON': ['http', (answer) => answer.write('<html>\n')],
  'a line that says nothing': ['http', (answer) => answer.write('{}\n')],
  'an answer of somebody else': [
    'http',
    (answer) => answer.writeHead(404).end('404 page not found'),
  ],
  'a proxy without an etcd': ['http', (answer) => answer.writeHead(502).end('{"oh":"no"}')],
  'silence from the beginning': ['timeout', () => undefined],
}

for (const [title, [reason, watch]] of Object.entries(ends))
  test(`a watch ends by ${title}: all is read anew, and nothing is left out`, async (t) => {
    const list = (count: number): object => one(count === 0 ? 'a: 1' : 'a: 2')()
    const [listener] = await play(t, { list, watches: [watch, quiet] })
    await listener.texts('a: 2')
    await listener.told('connected', 2)
    t.is(listener.revisions.length, 2)
    t.like(listener.events[1], { kind: 'disconnected', reason })
  })

test('a list that breaks off is none', async (t) => {
  let count = 0
  const host = await serve(t, (request, answer) => {
    if (request.url === '/v3/watch') answer.write(created)
    else if (count++ > 0) answer.end(JSON.stringify(one('a: 1')()))
    else answer.write('{"header":{"revision":"5"},"kvs":[', () => answer.destroy())
  })
  const listener = listen(`etcd://${host}/net/`)
  t.teardown(() => listener.end())
  await listener.texts('a: 1')
  t.is(listener.revisions.length, 1)
  t.like(listener.events[0], { reason: 'closed' })
})

test('who asks for an end gets it, whatever it waits for', async (t) => {
  const host = await serve(t, () => undefined)
  const listener = listen(`etcd://${host}/net/`)
  await sleep(50)
  await listener.end()
  t.deepEqual(listener.events, [])
})
