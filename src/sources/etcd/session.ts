import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { KeyValue, WatchResponse } from './gateway.ts'

/** What is below a prefix at one time, in byte order of the keys. */
export interface State {
  readonly revision: string
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly key: string
  readonly value: Buffer
  /** When it was last written. */
  readonly revision: bigint
}

export interface Pace {
  /** How often it is asked whether it is there while it says nothing, in milliseconds. */
  readonly beat: number
  /** After which all is read anew, in milliseconds: whatever stands between may have kept something back. */
  readonly lifetime: number
}

type Entries = Map<string, Omit<Entry, 'key'> & { readonly key: Buffer }>

const put = (entries: Entries, kv: KeyValue): void => {
  entries.set(kv.key, {
    key: Buffer.from(kv.key, 'base64'),
    value: Buffer.from(kv.value ?? '', 'base64'),
    revision: BigInt(kv.mod_revision ?? 0),
  })
}

const apply = (entries: Entries, { events = [] }: WatchResponse): void => {
  for (const { type, kv } of events) {
    if (type === 'DELETE') entries.delete(kv.key)
    else put(entries, kv)
  }
}

const stateOf = (revision: string, entries: Entries): State => ({
  revision,
  entries: [...entries.values()]
    .toSorted((a, b) => Buffer.compare(a.key, b.key))
    .map((entry) => ({ ...entry, key: entry.key.toString('utf8') })),
})

/** Asks now and then; rejects with why it is not there, or where the signal says so. */
const keepAsking = async (
  client: Client,
  prefix: string,
  every: number,
  signal: AbortSignal,
): Promise<never> => {
  for (;;) {
    await sleep(every, undefined, { signal })
    await client.beat(prefix)
  }
}

/** A tenth more or less: a fleet does not ask at once. */
const vary = (milliseconds: number): number => milliseconds * (0.9 + Math.random() / 5)

/** Why a session ends that nothing is wrong with. */
const over = Symbol('over')

export interface Session {
  readonly prefix: string
  readonly pace: Pace
  /** A client whose requests end with the signal. */
  open(signal: AbortSignal): Client
  /** Everything was read. */
  connected(): void
}

/**
 * Reads all there is, and then what changes, and says all of it each time. Ends when it is old; throws why it cannot be
 * read any more.
 */
export async function* readSession(
  { prefix, pace, open, connected }: Session,
  outer: AbortSignal,
): AsyncGenerator<State> {
  const ending = new AbortController()
  const { signal } = ending
  const end = (): void => ending.abort(over)
  const client = open(signal)
  outer.addEventListener('abort', end)
  let age: NodeJS.Timeout | undefined
  try {
    const { revision, kvs } = await client.list(prefix)
    const entries: Entries = new Map()
    for (const kv of kvs) put(entries, kv)
    connected()
    yield stateOf(String(revision), entries)
    const changes = await client.watch(prefix, revision + 1n)
    age = setTimeout(end, vary(pace.lifetime))
    keepAsking(client, prefix, vary(pace.beat), signal).catch((error: unknown) =>
      ending.abort(error),
    )
    for await (const change of changes) {
      if (!change.events) continue
      apply(entries, change)
      yield stateOf(change.header?.revision ?? '0', entries)
    }
  } catch (error) {
    if (signal.reason !== over) throw signal.aborted ? signal.reason : error
  } finally {
    clearTimeout(age)
    outer.removeEventListener('abort', end)
    end()
    client.close()
  }
}
