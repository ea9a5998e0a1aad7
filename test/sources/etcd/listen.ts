import { openEtcd } from '../../../src/sources/etcd/index.ts'
import type { Revision, SourceEvent } from '../../../src/sources/source.ts'
import { eventually } from './server.ts'

/** Who reads a source, and what was said to him. */
export interface Listener {
  readonly revisions: readonly Revision[]
  readonly events: readonly SourceEvent[]
  /** Waits until the last revision has these texts. */
  texts(...texts: readonly string[]): Promise<void>
  /** Waits for an event behind so many others: of this reason, or that it is connected. */
  told(what: string, behind?: number): Promise<void>
  end(): Promise<void>
}

const wordOf = (event: SourceEvent): string =>
  event.kind === 'disconnected' ? event.reason : event.kind

/** In a hurry: what takes seconds elsewhere. */
const timing = {
  pace: { beat: 300, lifetime: 60_000 },
  backOff: [50, 400],
  patience: 800,
} as const

export const listen = (
  text: string,
  env: NodeJS.ProcessEnv = {},
  pace: { readonly beat: number; readonly lifetime: number } = timing.pace,
): Listener => {
  const source = openEtcd(text, { ...env }, { ...timing, pace })
  if (!source) throw new Error(`${text} is no etcd`)
  const ending = new AbortController()
  const revisions: Revision[] = []
  const events: SourceEvent[] = []
  const read = async (): Promise<void> => {
    const { signal } = ending
    for await (const one of source.subscribe({ signal, tell: (event) => void events.push(event) }))
      revisions.push(one)
  }
  const done = read()
  return {
    revisions,
    events,
    texts: (...texts) =>
      eventually(() => {
        const last = revisions.at(-1)?.documents.map((one) => one.text)
        const found = JSON.stringify(last)
        if (found !== JSON.stringify(texts)) throw new Error(`${found}: ${JSON.stringify(events)}`)
      }),
    told: (what, behind = 0) =>
      eventually(() => {
        const words = events.slice(behind).map(wordOf)
        if (!words.includes(what)) throw new Error(`no ${what} in ${JSON.stringify(events)}`)
      }),
    end: async () => {
      ending.abort()
      await done
    },
  }
}
