import type { FileText } from '../../config/load.ts'
import type { Revision, Source, SourceEvent, Subscription } from '../source.ts'
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

/** Reads what is there, and tells where it makes no sense: then etcd is no source that can be read, though it is there. */
const makeReader = (options: EtcdSource, { tell }: Subscription) => {
  let trouble: string | undefined
  let isBack = false
  return {
    tell: (event: SourceEvent): void => {
      // What is there has to be read first.
      if (event.kind === 'connected') isBack = true
      else tell(event)
    },
    read: (entries: readonly Entry[]): readonly FileText[] | undefined => {
      const [wasTrouble, wasBack] = [trouble, isBack]
      isBack = false
      try {
        const documents = options.documentsOf(entries)
        trouble = undefined
        if (wasBack || wasTrouble !== undefined) tell({ kind: 'connected' })
        return documents
      } catch (error) {
        const { reason, message } = toEtcdError(error)
        trouble = message
        if (message !== wasTrouble) tell({ kind: 'disconnected', reason, error: message })
        return undefined
      }
    },
  }
}

async function* subscribe(
  options: EtcdSource,
  subscription: Subscription,
): AsyncGenerator<Revision> {
  const { read, tell } = makeReader(options, subscription)
  let known: readonly FileText[] | undefined
  for await (const { revision, entries } of follow(options, { ...subscription, tell })) {
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
