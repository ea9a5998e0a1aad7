import { setTimeout as sleep } from 'node:timers/promises'
import { backOff } from '../back-off.ts'
import type { Subscription } from '../source.ts'
import type { Client } from './client.ts'
import { toEtcdError } from './error.ts'
import type { EtcdError } from './error.ts'
import { readSession } from './session.ts'
import type { Pace, State } from './session.ts'

export interface Follow {
  readonly endpoints: readonly string[]
  readonly prefix: string
  /** @throws EtcdError where it cannot even be tried */
  open(endpoint: string, signal: AbortSignal): Client
  readonly pace: Pace
  /** The first wait behind a failure, and the longest, in milliseconds. */
  readonly backOff: readonly [number, number]
}

/** What was read for so many milliseconds was no failure from the beginning. */
const soundAfter = 5000

/** Says what becomes of the way to etcd, and not twice the same. */
const makeTeller = ({ tell }: Subscription) => {
  let last: string | undefined
  const once = (what: string, say: () => void): void => {
    if (what !== last) say()
    last = what
  }
  return {
    connected: () => once('connected', () => tell({ kind: 'connected' })),
    disconnected: (endpoint: string, { reason, message }: EtcdError) =>
      once(reason, () => tell({ kind: 'disconnected', reason, error: `${endpoint}: ${message}` })),
  }
}

/**
 * What is below a prefix, each time it may have changed, for as long as the signal lets it. Each session reads all of it anew, by
 * one member; the next is tried where one fails, and behind the last of them it waits.
 */
export async function* follow(
  { endpoints, prefix, open, pace, backOff: waits }: Follow,
  subscription: Subscription,
): AsyncGenerator<State> {
  const { signal } = subscription
  const teller = makeTeller(subscription)
  let failures = 0
  let turn = 0
  while (!signal.aborted) {
    const endpoint = endpoints[turn % endpoints.length] ?? ''
    let since = Infinity
    const connected = (): void => {
      since = performance.now()
      teller.connected()
    }
    try {
      yield* readSession({ prefix, pace, open: (ends) => open(endpoint, ends), connected }, signal)
      failures = 0
    } catch (error) {
      teller.disconnected(endpoint, toEtcdError(error))
      failures = performance.now() - since > soundAfter ? 1 : failures + 1
      turn += 1
      const wait = backOff(Math.ceil(failures / endpoints.length), waits)
      if (failures % endpoints.length === 0)
        await sleep(wait, undefined, { signal }).catch(() => undefined)
    }
  }
}
