import { makeAlarm } from './alarm.ts'
import type { Revision, Source, Subscription } from './source.ts'
import { tellTogether } from './together.ts'

/** What all say together; where one of them has nothing, there is nothing that is all of it. */
const joinRevisions = (parts: readonly Revision[]): Revision => {
  const isWhole = parts.every(({ documents }) => documents.length > 0)
  return {
    revision: parts.map(({ revision }) => revision).join('+'),
    documents: isWhole ? parts.flatMap(({ documents }) => documents) : [],
  }
}

async function* subscribe(
  sources: readonly Source[],
  { signal, tell }: Subscription,
): AsyncGenerator<Revision> {
  const alarm = makeAlarm()
  // Who has heard enough of all has heard enough of each.
  const ending = new AbortController()
  const ends = AbortSignal.any([signal, ending.signal])
  const told = tellTogether(tell, sources.length)
  const parts = new Map<Source, Revision>()
  let failure: unknown
  const read = async (source: Source): Promise<void> => {
    const tellOf: Subscription['tell'] = (event) => told(source, event)
    for await (const revision of source.subscribe({ signal: ends, tell: tellOf })) {
      parts.set(source, revision)
      alarm.ring()
    }
  }
  for (const source of sources)
    read(source).catch((error: unknown) => {
      failure = error
      alarm.ring()
    })
  try {
    while (!signal.aborted) {
      await alarm.wait(Infinity, signal)
      if (failure !== undefined) throw failure as Error
      const known = sources.flatMap((source) => parts.get(source) ?? [])
      if (known.length === sources.length) yield joinRevisions(known)
    }
  } finally {
    ending.abort()
  }
}

/** Several sources as one, in this order: as files of one configuration. */
export const joinSources = (sources: readonly Source[]): Source => {
  const [only] = sources
  if (only && sources.length === 1) return only
  return {
    name: sources.map(({ name }) => name).join(' and '),
    subscribe: (subscription) => subscribe(sources, subscription),
  }
}
