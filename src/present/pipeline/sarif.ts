import type { Location } from '../../config/diagnostics.ts'
import { escapeControls } from '../../net/controls.ts'
import { fingerprints, pathOf, placeOf, rules } from './finding.ts'
import type { Finding, Setting } from './finding.ts'

/** A path as a URI: what stands in the repository relative to its root. */
const artifactOf = (file: string, setting: Setting): object => {
  const path = pathOf(file, setting)
  const uri = path
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  return path.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: '%SRCROOT%' }
}

const physicalLocation = (
  { file, line, column, endColumn }: Location,
  setting: Setting,
): object => ({
  physicalLocation: {
    artifactLocation: artifactOf(file, setting),
    region: {
      startLine: line,
      startColumn: column,
      ...(endColumn === undefined ? {} : { endColumn }),
    },
  },
})

const textOf = (text: string): { readonly text: string } => ({ text: escapeControls(text) })

/**
 * Findings as SARIF 2.1.0, for GitHub's code scanning and others. The rules are always all of them, so that a
 * reader knows what was looked for.
 */
export const sarif = (findings: readonly Finding[], setting: Setting): string => {
  const ids = Object.keys(rules)
  const prints = fingerprints(findings, setting)
  const results = findings.map((one, index) => ({
    ruleId: one.rule,
    ruleIndex: ids.indexOf(one.rule),
    level: one.severity,
    message: textOf(one.message),
    locations: [physicalLocation(placeOf(one, setting), setting)],
    ...(one.related
      ? { relatedLocations: [{ id: 1, ...physicalLocation(one.related, setting) }] }
      : {}),
    partialFingerprints: { 'netplan/v1': prints[index] },
  }))
  const driver = {
    name: 'netplan',
    version: setting.version,
    rules: Object.entries(rules).map(([id, text]) => ({ id, shortDescription: { text } })),
  }
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', results }
  const $schema = 'https://json.schemastore.org/sarif-2.1.0.json'
  return `${JSON.stringify({ $schema, version: '2.1.0', runs: [run] }, null, 2)}\n`
}
