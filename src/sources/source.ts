import type { FileText } from '../config/load.ts'

/** What a source says, all of it, at one time. */
export interface Revision {
  /** As the source counts: a digest, a commit, etcd's revision, a resourceVersion. */
  readonly revision: string
  /** Configuration files, in the order in which they count. None: the source has nothing, which is never taken for a wish. */
  readonly documents: readonly FileText[]
}

/** What becomes of the way to a source. */
export type SourceEvent =
  | { readonly kind: 'connected' }
  /** It is tried again, and what was known stays. `reason` is a word for metrics; `error` is for people. */
  | { readonly kind: 'disconnected'; readonly reason: string; readonly error: string }
  /** Something that it says is left out. It is there all the same. */
  | { readonly kind: 'warned'; readonly message: string }

export interface Subscription {
  /** Ends it. */
  readonly signal: AbortSignal
  tell(event: SourceEvent): void
}

/**
 * Where configuration comes from. A source says everything each time, never a difference; it tries again by itself for
 * as long as nobody ends it, and leaves out nothing because it cannot be read.
 */
export interface Source {
  /** For people, and as the `source` of logs: `file netplan.yaml`, `etcd http://127.0.0.1:2379/netplan/`. */
  readonly name: string
  /**
   * The first revision, as soon as all of it is known, and each that differs from the one before it.
   *
   * @throws SourceError where no try can help: a kubeconfig that is none
   */
  subscribe(subscription: Subscription): AsyncIterable<Revision>
}

/** A source that cannot be used as it was asked for. */
export class SourceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SourceError'
  }
}
