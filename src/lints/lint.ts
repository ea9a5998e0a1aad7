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

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const placeOf = ({ location }: Diagnostic): readonly [string, number, number] =>
  location ? [location.file, location.line, location.column] : ['', 0, 0]

/** Warnings in the order of the files; of one place, as they were found. */
export const sortWarnings = (warnings: readonly Diagnostic[]): readonly Diagnostic[] =>
  [...warnings].sort((one, other) => {
    const [a, b] = [placeOf(one), placeOf(other)]
    return compareText(a[0], b[0]) || a[1] - b[1] || a[2] - b[2]
  })
