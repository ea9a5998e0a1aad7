import { writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { makeNode, makeService } from './objects.ts'
import { line, openStage, page, sendJson } from './stage.ts'
import type { Answer, Asked } from './stage.ts'

const one = makeNode('n1', { addresses: ['192.168.0.1'], podCIDRs: ['10.1.0.0/24'] })
const two = makeNode('n2', { addresses: ['192.168.0.2'], podCIDRs: ['10.1.1.0/24'], version: '7' })
const both = ['n1', 'n2']

type Part = (response: ServerResponse, asked: Asked) => void

/** Answers lists and watches in turn; the last of each again and again. */
const inTurn = (lists: readonly Part[], watches: readonly Part[]): Answer => {
  const counts = { lists: 0, watches: 0 }
  return (asked, response) => {
    const [parts, key] = asked.isWatch ? [watches, 'watches' as const] : [lists, 'lists' as const]
    const part = parts[Math.min(counts[key]++, parts.length - 1)]
    part?.(response, asked)
  }
}

const listed =
  (items: readonly object[], version = '5'): Part =>
  (response) =>
    sendJson(response, page(items, version))

/** A watch that stays open. */
const says =
  (...texts: readonly (string | Buffer)[]): Part =>
  (response) => {
    response.writeHead(200)
    response.flushHeaders()
    for (const text of texts) response.write(text)
  }

const watchesOf = (asked: readonly Asked[]): readonly (string | undefined)[] =>
  asked.filter(({ isWatch }) => isWatch).map(({ query }) => query['resourceVersion'])

const listsOf = (asked: readonly Asked[]): readonly Asked[] =>
  asked.filter(({ isWatch }) => !isWatch)

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(5)
}

const namesOf = (said: { cluster?: { nodes: object } } | undefined): readonly string[] =>
  Object.keys(said?.cluster?.nodes ?? {})

test('pages of a list are one, and a watch goes on from there', async (t) => {
  const paged: Part = (response, { query }) =>
    sendJson(response, query['continue'] === 'c' ? page([two], '5') : page([one], '5', 'c'))
  const { asked, events, next } = await openStage(t, inTurn([paged], [says()]))
  t.deepEqual(namesOf(await next()), both)
  await until(() => asked.length === 3)
  t.deepEqual(asked[0]?.query, { limit: '500' })
  t.deepEqual(asked[1]?.query, { limit: '500', continue: 'c' })
  const { timeoutSeconds, ...rest } = asked[2]?.query ?? {}
  t.is(timeoutSeconds, '1')
  t.deepEqual(rest, { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '5' })
  t.is(asked[0]?.token, 'Bearer secret')
  await until(() => events.length === 1)
  t.deepEqual(events, [{ kind: 'connected' }])
})

test('a page that is gone: the list begins anew', async (t) => {
  const gone: Part = (response, { query }) => {
    if (query['continue'] === undefined) sendJson(response, page([one], '5', 'c'))
    else sendJson(response, { code: 410, reason: 'Expired', message: 'too old' }, 410)
  }
  const { asked, next } = await openStage(t, inTurn([gone, gone, listed([two])], [says()]))
  t.deepEqual(namesOf(await next()), ['n2'])
  t.deepEqual(
    listsOf(asked).map(({ query }) => query['continue']),
    [undefined, 'c', undefined],
  )
})

test('lines, and letters, come in any pieces', async (t) => {
  const named = makeNode('n2', {
    ...{ addresses: ['192.168.0.2'], podCIDRs: ['10.1.1.0/24'] },
    annotations: { note: 'größer' },
  })
  const bytes = Buffer.from(`${line('ADDED', named)}${line('DELETED', one)}`)
  const split = bytes.indexOf('ö') + 1
  const slow: Part = (response) => {
    response.writeHead(200)
    response.write(bytes.subarray(0, split))
    setTimeout(() => response.write(bytes.subarray(split)), 30)
  }
  const { next } = await openStage(t, inTurn([listed([one])], [slow]))
  t.deepEqual(namesOf(await next()), ['n1'])
  t.deepEqual(namesOf(await next()), ['n2'])
})

test('a bookmark says from where to go on, and nothing new', async (t) => {
  const marked: Part = (response) => {
    response.write(line('BOOKMARK', { metadata: { resourceVersion: '90' } }))
    setTimeout(() => response.end(), 60)
  }
  const watches = [marked, says(line('ADDED', two))]
  const { asked, next } = await openStage(t, inTurn([listed([one])], watches))
  t.deepEqual(namesOf(await next()), ['n1'])
  t.deepEqual(namesOf(await next()), both)
  t.deepEqual(watchesOf(asked), ['5', '90'])
  t.is(listsOf(asked).length, 1)
})

test('410 in the stream: everything is listed, and what went meanwhile is gone', async (t) => {
  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
  const watches = [says(line('ERROR', expired)), says()]
  const { asked, events, next } = await openStage(
    t,
    inTurn([listed([one, two]), listed([two], '80')], watches),
  )
  t.deepEqual(namesOf(await next()), both)
  t.deepEqual(namesOf(await next()), ['n2'])
  await until(() => watchesOf(asked).length === 2)
  t.deepEqual(watchesOf(asked), ['5', '80'])
  t.false(events.some(({ kind }) => kind === 'disconnected'))
})

test('429 waits for as long as it says', async (t) => {
  let turnedAway = 0
  let came = 0
  const busy: Part = (response) => {
    turnedAway = performance.now()
    sendJson(response, { code: 429, message: 'too many requests' }, 429, { 'retry-after': '1' })
  }
  const later: Part = (response) => {
    came = performance.now()
    sendJson(response, page([one], '5'))
  }
  const { events, next } = await openStage(t, inTurn([busy, later], [says()]))
  t.deepEqual(namesOf(await next()), ['n1'])
  t.true(came - turnedAway >= 1000)
  t.deepEqual(events[0], {
    ...{ kind: 'disconnected', reason: 'throttled' },
    error: '429: too many requests',
  })
})

test('a server that says nothing is left, and asked again for what came since', async (t) => {
  const watches = [says(line('ADDED', two)), says()]
  const { asked, events, next } = await openStage(t, inTurn([listed([one])], watches))
  t.deepEqual(namesOf(await next()), ['n1'])
  t.deepEqual(namesOf(await next()), both)
  await until(() => watchesOf(asked).length === 2)
  t.deepEqual(watchesOf(asked), ['5', '7'])
  t.is(listsOf(asked).length, 1)
  t.deepEqual(
    events.slice(0, 2).map((event) => (event.kind === 'disconnected' ? event.reason : event.kind)),
    ['connected', 'silent'],
  )
})

test('a list that never comes', async (t) => {
  const lists = [() => undefined, listed([one])]
  const { events, next } = await openStage(t, inTurn(lists, [says()]), { timing: { answer: 100 } })
  t.deepEqual(namesOf(await next()), ['n1'])
  t.like(events[0], { kind: 'disconnected', reason: 'silent' })
})

test('a connection that breaks in a line: what was whole counts, and it is asked for the rest', async (t) => {
  const cut: Part = (response) => {
    response.write(line('ADDED', two) + line('DELETED', one).slice(0, 20))
    setTimeout(() => response.destroy(), 20)
  }
  const watches = [cut, says(line('DELETED', one))]
  const { asked, events, next } = await openStage(t, inTurn([listed([one])], watches))
  t.deepEqual(namesOf(await next()), ['n1'])
  t.deepEqual(namesOf(await next()), both)
  t.deepEqual(namesOf(await next()), ['n2'])
  t.deepEqual(watchesOf(asked), ['5', '7'])
  t.true(events.some((event) => event.kind === 'disconnected' && event.reason === 'unreachable'))
})

test('what is no JSON', async (t) => {
  const watches = [says('<html>\n'), says(line('ADDED', two))]
  const { events, next } = await openStage(t, inTurn([listed([one])], watches))
  await next()
  t.deepEqual(namesOf(await next()), both)
  t.true(events.some((event) => event.kind === 'disconnected' && event.reason === 'malformed'))
})

test('what is no list and no change, though it is JSON, is told and tried again', async (t) => {
  const strange = [null, {}, { metadata: {}, items: [] }, page([{}], '5')]
  const lists = strange.map(
    (body): Part =>
      (response) =>
        sendJson(response, body as object),
  )
  const lines = ['null', '7', '{"type":"ADDED"}', '{"type":"ADDED","object":{}}', '{"type":"X"}']
  const watches = lines.map((text) => says(`${text}\n`))
  const { events, next } = await openStage(
    t,
    inTurn([...lists, listed([one])], [...watches, says(`\n${line('ADDED', two)}`)]),
  )
  t.deepEqual(namesOf(await next()), ['n1'])
  t.deepEqual(namesOf(await next()), both)
  t.like(events[0], { kind: 'disconnected', reason: 'malformed' })
})

test('a server that is away is one, of whatever is watched; what each may not is told of each', async (t) => {
  let phase: 'away' | 'forbidden' | 'there' = 'away'
  const stage = await openStage(
    t,
    ({ path, isWatch }, response) => {
      const name = path.split('/').at(-1) ?? ''
      if (phase === 'away') response.destroy()
      else if (path === '/apis/discovery.k8s.io')
        sendJson(response, { versions: [{ version: 'v1' }] })
      else if (phase === 'forbidden' && name !== 'nodes')
        sendJson(response, { message: `${name} is forbidden` }, 403)
      else if (isWatch) says()(response, {} as Asked)
      else sendJson(response, page(name === 'nodes' ? [one] : [], '5'))
    },
    { parts: ['nodes', 'services'] },
  )
  const { asked, events } = stage
  const words = (): readonly string[] =>
    events.map((event) => (event.kind === 'disconnected' ? event.reason : event.kind))
  const first = stage.next()
  await until(() => asked.length > 20)
  t.deepEqual(words(), ['unreachable'])
  phase = 'forbidden'
  await until(() => asked.length > 60)
  t.deepEqual(words(), ['unreachable', 'forbidden', 'forbidden'])
  phase = 'there'
  await first
  await until(() => events.length > 3)
  t.deepEqual(words().slice(0, 4), ['unreachable', 'forbidden', 'forbidden', 'connected'])
})

test('a token that is not believed is read anew', async (t) => {
  const stage = await openStage(t, ({ token, isWatch }, response) => {
    if (isWatch) {
      says()(response, {} as Asked)
      return
    }
    if (token === 'Bearer other') {
      sendJson(response, page([one], '5'))
      return
    }
    writeFileSync(join(stage.folder, 'token'), 'other')
    sendJson(response, { message: 'Unauthorized' }, 401)
  })
  t.deepEqual(namesOf(await stage.next()), ['n1'])
  t.deepEqual(stage.events[0], {
    ...{ kind: 'disconnected', reason: 'unauthorized' },
    error: '401: Unauthorized',
  })
})

test('a heartbeat, and a list of the same, are nothing new; no nodes are nothing', async (t) => {
  const beats = makeNode('n1', {
    ...{ addresses: ['192.168.0.1'], podCIDRs: ['10.1.0.0/24'], version: '6', heartbeat: 'now' },
  })
  const expired = line('ERROR', { code: 410 })
  const watches = [says(line('MODIFIED', beats), expired), says(line('DELETED', one))]
  const { asked, next } = await openStage(t, inTurn([listed([one]), listed([beats])], watches))
  t.deepEqual(namesOf(await next()), ['n1'])
  t.is(await next(), undefined)
  t.is(listsOf(asked).length, 2)
})

test('EndpointSlices are of v1, or where there is none of v1beta1', async (t) => {
  const api = makeService('kubernetes', { clusterIP: '10.96.0.1', ports: [{ port: 443 }] })
  const answer =
    (versions: readonly string[]): Answer =>
    ({ path, isWatch }, response) => {
      if (isWatch) says()(response, {} as Asked)
      else if (path === '/apis/discovery.k8s.io')
        sendJson(response, { versions: versions.map((version) => ({ version })) })
      else sendJson(response, page(path === '/api/v1/services' ? [api] : [], '5'))
    }
  for (const [versions, expected] of [
    [['v1', 'v1beta1'], 'v1'],
    [['v1beta1'], 'v1beta1'],
  ] as const) {
    const { asked, next } = await openStage(t, answer(versions), { parts: ['services'] })
    t.deepEqual(Object.keys((await next())?.services ?? {}), ['default/kubernetes'])
    t.true(asked.some(({ path }) => path === `/apis/discovery.k8s.io/${expected}/endpointslices`))
    const { query } = asked.find(({ path }) => path === '/api/v1/services') ?? {}
    t.is(
      query?.['labelSelector'],
      '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name',
    )
  }
})
