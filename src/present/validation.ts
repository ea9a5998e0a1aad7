import type { Diagnostic } from '../config/diagnostics.ts'

/** The document of `validate`. */
export interface ValidationDocument {
  readonly formatVersion: '1.0'
  readonly valid: boolean
  readonly files: readonly string[]
  readonly objects: number
  /** The objects of each node of a cluster. */
  readonly nodes?: Readonly<Record<string, number>>
  readonly diagnostics: readonly Diagnostic[]
}
