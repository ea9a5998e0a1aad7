import type { Diagnostic, DiagnosticCode } from './diagnostics.ts'
import { locatePlace, type Place } from './source.ts'

/** An error at a place of a file. */
export const makeError = (
  code: DiagnosticCode,
  message: string,
  place: Place,
  hint?: string,
): Diagnostic => ({
  severity: 'error',
  code,
  message,
  location: locatePlace(place),
  ...(hint !== undefined && { hint }),
})

/** An error about something that is there twice. */
export const makeTwinError = (
  message: string,
  place: Place,
  first: Place,
  hint?: string,
): Diagnostic => ({ ...makeError('duplicate', message, place, hint), related: locatePlace(first) })

/** By the order in which the files were named, then by position; what has no position comes first. */
export const sortDiagnostics = (
  diagnostics: readonly Diagnostic[],
  files: readonly string[],
): readonly Diagnostic[] => {
  const order = new Map(files.map((file, index) => [file, index]))
  const fileOf = ({ location }: Diagnostic): number =>
    location ? (order.get(location.file) ?? files.length) : -1
  return diagnostics.toSorted(
    (a, b) =>
      fileOf(a) - fileOf(b) ||
      (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.column ?? 0) - (b.location?.column ?? 0),
  )
}
