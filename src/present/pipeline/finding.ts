import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Diagnostic, DiagnosticCode, Location } from '../../config/diagnostics.ts'

/** What kind of thing is found, in a sentence: the rules of SARIF. */
export const rules = {
  read: 'A file of the configuration cannot be read.',
  syntax: 'A file of the configuration is no YAML.',
  schema: 'A value is not of the shape that the schema asks for.',
  'unknown-key': 'The configuration has no such key.',
  variable: 'A variable is undefined or malformed.',
  reference: 'Something is named that no section declares.',
  duplicate: 'The same thing is there twice.',
  value: 'Each value is fine alone, and not together.',
  canonical: "It is a file of Canonical's netplan.",
  lint: 'It works, and is hardly meant.',
  node: 'The node does not have what the configuration asks for, or refuses it.',
  conflict: 'Something exists on the node already, and is not ours.',
  lockout: 'A change may take away the way to the node.',
  limit: 'A plan does what it may not.',
  'no-snapshot': 'There is no snapshot of a node, and it is taken for a new one.',
  change: 'The plan changes an object.',
  drift: 'The node differs from its configuration.',
  check: 'A check of the configuration failed.',
  failure: 'netplan could not do what it was asked to.',
  stale: 'What the plan touches or depends on is not as it was when the plan was made.',
} as const satisfies Readonly<Record<DiagnosticCode, string>> & Readonly<Record<string, string>>

type Rule = keyof typeof rules

/** Something to show at a line of a file: what annotations are made of, whatever the format. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'note'
  readonly rule: Rule
  readonly message: string
  readonly location: Location | undefined
  readonly related?: Location | undefined
  /** What tells it from others of its rule, whichever line it moves to. */
  readonly key: string
}

/** Where a report is made: nothing of it is asked of the machine that draws it. */
export interface Setting {
  /** Of netplan. */
  readonly version: string
  /** What paths in a report are relative to: the root of the repository, as a rule. */
  readonly cwd: string
  /** Those of the configuration: what has no line of its own is shown at the first. */
  readonly files: readonly string[]
}

export const diagnosticFinding = (one: Diagnostic): Finding => ({
  severity: one.severity,
  rule: one.code,
  message: one.hint === undefined ? one.message : `${one.message}\n${one.hint}`,
  location: one.location,
  related: one.related,
  key: one.message,
})

const ranks = { error: 0, warning: 1, note: 2 } as const

/** The worst first, for some who show them stop after ten. */
export const sortFindings = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => ranks[a.severity] - ranks[b.severity])

/** A path as readers of reports want it: from the root of the repository, or absolute where it is elsewhere. */
export const pathOf = (file: string, { cwd }: Pick<Setting, 'cwd'>): string => {
  if (file.startsWith('<')) return file
  const absolute = posix.resolve(cwd, file)
  const relative = posix.relative(cwd, absolute)
  return relative === '..' || relative.startsWith('../') ? absolute : relative
}

/** The place of a finding, for formats that show nothing without one. */
export const placeOf = (
  { location }: Pick<Finding, 'location'>,
  { files }: Pick<Setting, 'files'>,
): Location => location ?? { file: files[0] ?? 'netplan.yaml', line: 1, column: 1 }

/** The same for the same finding in another run, other lines before it or not; equal ones are numbered. */
export const fingerprints = (findings: readonly Finding[], setting: Setting): readonly string[] => {
  const seen = new Map<string, number>()
  return findings.map((one) => {
    const what = JSON.stringify([one.rule, pathOf(placeOf(one, setting).file, setting), one.key])
    const count = (seen.get(what) ?? 0) + 1
    seen.set(what, count)
    return createHash('sha256')
      .update(`${what}${String(count)}`)
      .digest('hex')
      .slice(0, 32)
  })
}
