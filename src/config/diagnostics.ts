/** A place in a configuration file. `line` and `column` count from 1, columns in UTF-16 units as editors do. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly column: number
  /** One past the last column of the value, on the same line. */
  readonly endColumn?: number
}

/** The closed list of what can be wrong with a configuration. */
export type DiagnosticCode =
  | 'read' // a file cannot be read
  | 'syntax' // not YAML
  | 'schema' // YAML, but not of the shape that the schema asks for
  | 'unknown-key'
  | 'variable' // an undefined or malformed ${...}
  | 'reference' // names something that no section declares
  | 'duplicate' // the same thing twice
  | 'value' // each value is fine alone, not together
  | 'canonical' // a file of Canonical's netplan
  | 'lint' // works, but hardly as meant
  | 'node' // the node does not have what the file asks for
  | 'conflict' // exists on the node and is not ours
  | 'lockout' // takes away what people come to the node by
  | 'stale' // is not as it was when the plan was made
  | 'limit' // destroys more than it may
  | 'no-snapshot' // a node that is taken for new

/** Something to tell about a configuration: collected, never thrown, so that all are reported at once. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: DiagnosticCode
  readonly message: string
  readonly location?: Location
  /** What to do about it, or what was probably meant. */
  readonly hint?: string
  /** The other place, where the message is about two. */
  readonly related?: Location
}
