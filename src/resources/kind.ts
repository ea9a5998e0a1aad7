import type { Location } from '../config/diagnostics.ts'
import type { Reader } from '../kernel/reader.ts'

/**
 * A network namespace as the plan names it: '' is the node itself, anything else a key of
 * `namespaces` in the configuration.
 */
export type NamespaceName = string

/** What every kind's data has. The rest is the kind's own plain, readonly data. */
export interface Resource {
  readonly kind: string
  readonly namespace: NamespaceName
  /** Desired: where the configuration says so. Never compared. */
  readonly source?: Location | undefined
  /** Desired: take over what exists and is not ours. */
  readonly adopt?: boolean | undefined
  /**
   * Whose it is: desired, the mark it is to carry; observed, the mark it carries.
   * The meaning is the kind's: a link's group, a route's protocol.
   */
  readonly mark?: number | undefined
}
