import type { Diagnostic } from '../../config/diagnostics.ts'

/** A diagnostic without the line that it is about: "edge.yaml:3:12: error: ...", and what to do below. */
export const diagnosticText = ({ severity, message, location, hint }: Diagnostic): string => {
  const place = location
    ? `${location.file}:${String(location.line)}:${String(location.column)}: `
    : ''
  return [`${place}${severity}: ${message}`, ...(hint === undefined ? [] : [`  ${hint}`])].join(
    '\n',
  )
}
