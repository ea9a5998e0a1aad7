import type { Diagnostic } from '../config/diagnostics.ts'
import type { Reader } from '../kernel/reader.ts'
import type { Resource } from '../resources/kind.ts'

/** What a lint may look at. */
export interface Situation {
  readonly desired: readonly Resource[]
  readonly observed: readonly Resource[]
  readonly reader: Reader
}

export type Lint = (situation: Situation) => Promise<readonly Diagnostic[]>

export const warn = (
  message: string,
  { source }: Pick<Resource, 'source'>,
  hint?: string,
): Diagnostic => ({
  severity: 'warning',
  code: 'node',
  message,
  ...(source ? { location: source } : {}),
  ...(hint === undefined ? {} : { hint }),
})
