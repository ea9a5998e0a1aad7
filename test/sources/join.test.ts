import test from 'ava'
import { joinSources } from '../../src/sources/join.ts'
import type { Source, SourceEvent } from '../../src/sources/source.ts'

/** Says one thing, and waits for its end. */
const waiting = (name: string): { source: Source; ended: Promise<void> } => {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    ended,
    source: {
      name,
      async *subscribe({ signal }) {
        yield { revision: name, documents: [{ name, text: name }] }
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        end()
      },
    },
  }
}

test('who has heard one revision of several sources, and goes, leaves none of them at work', async (t) => {
  const [one, other] = [waiting('one'), waiting('other')]
  const joined = joinSources([one.source, other.source])
  const { signal } = new AbortController()
  for await (const { revision } of joined.subscribe({ signal, tell: () => undefined })) {
    t.is(revision, 'one+other')
    break
  }
  await Promise.all([one.ended, other.ended])
})

test('several sources are there when all of them are', async (t) => {
  const events: SourceEvent[] = []
  const tells = new Map<string, (event: SourceEvent) => void>()
  const silent = (name: string): Source => ({
    name,
    async *subscribe({ signal, tell }) {
      tells.set(name, tell)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  })
  const ending = new AbortController()
  const joined = joinSources([silent('file'), silent('remote')])
  const { signal } = ending
  const tell = (event: SourceEvent): unknown => events.push(event)
  const ended = joined.subscribe({ signal, tell })[Symbol.asyncIterator]().next()
  const away: SourceEvent = { kind: 'disconnected', reason: 'refused', error: 'no' }
  const say = (name: string, event: SourceEvent): void => tells.get(name)?.(event)
  say('file', { kind: 'connected' })
  t.deepEqual(events, [])
  say('remote', { kind: 'connected' })
  say('file', { kind: 'connected' })
  t.deepEqual(events, [{ kind: 'connected' }])
  say('remote', away)
  say('file', { kind: 'connected' })
  t.deepEqual(events, [{ kind: 'connected' }, away])
  say('remote', { kind: 'connected' })
  t.deepEqual(events, [{ kind: 'connected' }, away, { kind: 'connected' }])
  ending.abort()
  await ended
})
