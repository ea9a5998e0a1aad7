import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Diagnostic } from '../../../src/config/diagnostics.ts'
import type { Drawings } from '../../../src/present/pipeline/drawings.ts'
import type { FailKind } from '../../../src/present/fail-on.ts'
import { drawFailure } from '../../../src/present/pipeline/failure.ts'
import type { Trouble } from '../../../src/present/pipeline/failure.ts'
import type { Setting } from '../../../src/present/pipeline/finding.ts'
import { drawFleet } from '../../../src/present/pipeline/fleet.ts'
import { drawDrift, drawPlan } from '../../../src/present/pipeline/plan.ts'
import { drawProbes } from '../../../src/present/pipeline/probes.ts'
import { drawFleetRehearsal, drawRehearsal } from '../../../src/present/pipeline/rehearsal.ts'
import { drawValidation } from '../../../src/present/pipeline/validation.ts'
import { fleetRehearsalDocument } from '../../../src/present/fleet-rehearsal.ts'
import type { FleetNodeDocument } from '../../../src/present/fleet-document.ts'
import { startCounting } from '../../../src/present/fleet-document.ts'
import { startFleetTable } from '../../../src/present/fleet.ts'
import type { PlanDocument } from '../../../src/present/document.ts'
import type { ProbesDocument } from '../../../src/present/probes.ts'
import type { Rehearsal } from '../../../src/present/rehearsal-document.ts'
import { plain } from '../../../src/present/style.ts'
import type { ValidationDocument } from '../../../src/present/validation.ts'
import { checkPlan } from '../../documents.ts'
import {
  checkGithub,
  checkGitlab,
  checkJunit,
  proseOf,
  readSarif,
  renderMarkdown,
} from './consumers.ts'

// Each folder of test/present/pipeline/cases is a case: of `report.json` comes what stands beside it, byte for byte,
// and each of it is what its reader takes. UPDATE=1 writes it anew: read it before you commit it.
const folder = 'test/present/pipeline/cases'

type Report =
  | {
      readonly plan: PlanDocument
      readonly diagnostics: readonly Diagnostic[]
      readonly failOn?: readonly FailKind[]
    }
  | { readonly drift: PlanDocument; readonly diagnostics: readonly Diagnostic[] }
  | { readonly probes: ProbesDocument }
  | { readonly validation: ValidationDocument }
  | { readonly rehearsal: Rehearsal }
  | { readonly rehearsals: readonly Rehearsal[] }
  | { readonly failure: Trouble }
  | { readonly fleet: readonly FleetNodeDocument[] }

const setting: Setting = { version: '1.2.3', cwd: '/repository', files: ['net/node.yaml'] }

const drawNodes = (nodes: readonly FleetNodeDocument[]): Drawings => {
  const counter = startCounting()
  const table = startFleetTable()
  for (const node of nodes) {
    counter.count(node)
    table.add(node)
  }
  const summary = counter.summary()
  const text = (): string => table.text(summary, { style: plain, width: 100 })
  return drawFleet({ summary, outcomes: nodes, text }, setting)
}

const drawReport = (report: Report): Drawings => {
  if ('plan' in report) {
    const { plan: document, diagnostics, failOn = [] } = report
    return drawPlan({ document: checkPlan(document), diagnostics, failOn }, setting)
  }
  if ('drift' in report) {
    const { drift: document, diagnostics } = report
    return drawDrift({ document: checkPlan(document), diagnostics }, setting)
  }
  if ('probes' in report) return drawProbes(report.probes, setting)
  if ('rehearsal' in report) return drawRehearsal(report.rehearsal, setting)
  if ('rehearsals' in report)
    return drawFleetRehearsal(fleetRehearsalDocument(report.rehearsals), setting)
  if ('validation' in report) return drawValidation(report.validation, setting)
  return 'failure' in report ? drawFailure(report.failure, setting) : drawNodes(report.fleet)
}

for (const name of readdirSync(folder).sort()) {
  test(`case ${name}`, async (t) => {
    const directory = join(folder, name)
    const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as Report
    const drawings = drawReport(report)
    const sarif = drawings.sarif()
    const drawn: Readonly<Record<string, string>> = {
      'markdown.md': drawings.markdown(),
      'junit.xml': drawings.junit(),
      'github.txt': drawings.github(),
      'gitlab.json': drawings.gitlab(),
      // The rules are the same in all.
      'sarif-results.json': `${JSON.stringify(readSarif(sarif), null, 2)}\n`,
    }
    for (const [file, text] of Object.entries(drawn)) {
      // Half a character is none in a file.
      const content = Buffer.from(text).toString()
      const path = join(directory, file)
      if (process.env['UPDATE'] !== undefined) writeFileSync(path, content)
      t.is(content, existsSync(path) ? readFileSync(path, 'utf8') : '', path)
    }
    await checkJunit(drawings.junit())
    checkGithub(drawings.github())
    checkGitlab(drawings.gitlab())
    const html = renderMarkdown(drawings.markdown())
    t.is(html.match(/<details>/g)?.length, html.match(/<\/details>/g)?.length)
    t.regex(html, /^<h3>netplan /)
    // Outside of code, nothing is a link, names somebody, points at an issue or is HTML of others.
    t.notRegex(proseOf(html), /<a |<img|@|https?:|www\.|#\d|GH-1|owned|evil|task|:smile:/)
  })
}
