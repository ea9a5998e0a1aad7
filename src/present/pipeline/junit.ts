import { escapeControls } from '../../net/controls.ts'

/** What came of a case: `failure` is what it was made to find, `error` that it could not be made. */
export type Outcome =
  | { readonly kind: 'passed'; readonly output?: string }
  | { readonly kind: 'skipped'; readonly text: string }
  | {
      readonly kind: 'failure' | 'error'
      /** As `drift`. */
      readonly type: string
      readonly message: string
      readonly text: string
    }

export interface Case {
  readonly name: string
  readonly outcome: Outcome
  readonly milliseconds?: number | undefined
}

export interface Suite {
  readonly name: string
  /** What the cases are about, as a node: readers list them under it. */
  readonly subject: string
  readonly cases: readonly Case[]
}

/** Half a character, or one that no XML may have, even as an entity. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
}

const escapeText = (text: string): string =>
  escapeControls(text)
    .replace(forbidden, '\ufffd')
    .replace(/[&<>]/g, (one) => entities[one] ?? one)

/** In an attribute, a line break would be read as a space. */
const escapeAttribute = (text: string): string =>
  escapeText(text).replace(/["\t\n]/g, (one) => entities[one] ?? one)

type Attributes = Readonly<Record<string, string>>

const open = (name: string, attributes: Attributes): string => {
  const all = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeAttribute(value)}"`,
  )
  return `<${name}${all.join('')}>`
}

const element = (name: string, attributes: Attributes, text: string): string =>
  `${open(name, attributes)}${escapeText(text)}</${name}>`

const outcomeLines = (outcome: Outcome): readonly string[] => {
  if (outcome.kind === 'skipped') return [`      ${element('skipped', {}, outcome.text)}`]
  if (outcome.kind !== 'passed') {
    const { kind, message, type, text } = outcome
    return [`      ${element(kind, { message, type }, text)}`]
  }
  const { output = '' } = outcome
  return output === '' ? [] : [`      ${element('system-out', {}, output)}`]
}

const caseLines = ({ name, outcome, milliseconds }: Case, classname: string): readonly string[] => {
  const time = milliseconds === undefined ? {} : { time: (milliseconds / 1000).toFixed(4) }
  return [
    `    ${open('testcase', { name, classname, ...time })}`,
    ...outcomeLines(outcome),
    '    </testcase>',
  ]
}

/** A suite as XML, of the schema that Jenkins has for JUnit's, which GitLab and others read too. */
export const junit = ({ name, subject, cases }: Suite): string => {
  const count = (kind: Outcome['kind']): string =>
    String(cases.filter(({ outcome }) => outcome.kind === kind).length)
  const counts = {
    name,
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    open('testsuites', counts),
    `  ${open('testsuite', counts)}`,
    ...cases.flatMap((one) => caseLines(one, subject)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}
