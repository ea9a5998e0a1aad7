import { escapeControls } from '../../net/controls.ts'
import type { Summary } from '../document.ts'
import { fingerprints, pathOf, placeOf } from './finding.ts'
import type { Finding, Setting } from './finding.ts'

/** What the widget of a merge request counts (`artifacts:reports:terraform`): a replacement is two. */
export const terraformReport = ({ create, update, replace, delete: gone }: Summary): string =>
  `${JSON.stringify({ create: create + replace, update, delete: gone + replace })}\n`

/** Of a plan that could not be made: the widget says that there is no report. */
export const noTerraformReport = '{}\n'

const severities = { error: 'critical', warning: 'minor', note: 'info' } as const

/** Findings as GitLab has them at the lines of a merge request (`artifacts:reports:codequality`). */
export const codeQuality = (findings: readonly Finding[], setting: Setting): string => {
  const prints = fingerprints(findings, setting)
  const issues = findings.map((one, index) => {
    const place = placeOf(one, setting)
    return {
      description: escapeControls(one.message),
      check_name: one.rule,
      fingerprint: prints[index],
      severity: severities[one.severity],
      location: { path: pathOf(place.file, setting), lines: { begin: place.line } },
    }
  })
  return `${JSON.stringify(issues, null, 2)}\n`
}
