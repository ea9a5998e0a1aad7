import type { FileText } from '../../config/load.ts'
import type { Revision, Source, Subscription } from '../source.ts'
import { toEtcdError } from './error.ts'
import { follow } from './follow.ts'
import type { Follow } from './follow.ts'
import type { Entry } from './session.ts'

export interface EtcdSource extends Follow {
  readonly name: string
  /** @throws EtcdError where what is there makes no sense */
  documentsOf(entries: readonly Entry[]): readonly FileText[]
}

const isSame = (some: readonly FileText[], others: readonly FileText[]): boolean =>
  some.length === others.length &&
  some.every(({ name, text }, at) => name === others[at]?.name && text === others[at].text)

async function* subscribe(
  options: EtcdSource,
  subscription: Subscription,
): AsyncGenerator<Revision> {
  const { tell } = subscription
  let known: readonly FileText[] | undefined
  let trouble: string | undefined
  const read = (entries: readonly Entry[]): readonly FileText[] | undefined => {
    try {
      const documents = options.documentsOf(entries)
      if (trouble !== undefined) tell({ kind: 'connected' })
      trouble = undefined
      return documents
    } catch (error) {
      const { reason, message } = toEtcdError(error)
      if (message !== trouble) tell({ kind: 'disconnected', reason, error: message })
      trouble = message
      return undefined
    }
  }
  for await (const { revision, entries } of follow(options, subscription)) {
    const documents = read(entries)
    // What makes no sense changes nothing.
    if (!documents || (known && isSame(known, documents))) continue
    known = documents
    yield { revision, documents }
  }
}

/** What stands below a prefix of etcd, as configuration. */
export const etcdSource = (options: EtcdSource): Source => ({
  name: options.name,
  subscribe: (subscription) => subscribe(options, subscription),
})
