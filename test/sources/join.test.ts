import test from 'ava'
import { joinSources } from '../../src/sources/join.ts'
import type { Source } from '../../src/sources/source.ts'

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
