import type { Diagnostic } from './diagnostics.ts'
import type { LocatedScalar } from './located.ts'
import { makeError } from './report.ts'
import { spanOf, type Place } from './source.ts'
import { quote, suggest } from './words.ts'

type Value = string | number | boolean

/** What a variable stands for: `text` where it is part of a string, `value` where it is all of it. */
export interface Variable {
  readonly value: Value
  readonly text: string
  /** Its own value is wrong, which is told where it stands. */
  readonly unresolved?: boolean
}

/** What `${...}` may name. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Variable>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The variables that were asked for, so that a `--var` which nothing uses can be told. */
  readonly used: Set<string>
  /** In the `vars` section: only the environment may be named. */
  readonly isDeclaration?: boolean
}

/** `$${`, which stands for `${`; a reference; or the beginning of one that is malformed. */
const REFERENCE = /\$\$\{|\$\{(env\.)?([A-Za-z_][A-Za-z0-9_-]*)\}|\$\{/g

interface Interpolated {
  readonly scalar: LocatedScalar
  readonly diagnostics: readonly Diagnostic[]
}

/** Many variables in many values multiply; no value of a configuration is longer. */
const MAX_LENGTH = 1024

/** A scalar with its variables replaced; one that is a variable and nothing else takes its type. */
export const interpolate = (scalar: LocatedScalar, scope: Scope): Interpolated => {
  const { value } = scalar
  if (typeof value !== 'string' || !value.includes('${')) return { scalar, diagnostics: [] }
  const matches = [...value.matchAll(REFERENCE)].filter(([match]) => match !== '$${')
  const { remote = false } = scalar.place.file
  const known = remote ? { ...scope, env: {} } : scope
  const found = new Map(matches.map(([match, env, name]) => [match, lookUp(known, env, name)]))
  const replaced = matches.reduce((sum, [match]) => sum + (found.get(match)?.text.length ?? 0), 0)
  if (replaced > MAX_LENGTH) return refuseLength(scalar)
  const text = value.replace(REFERENCE, (match) =>
    match === '$${' ? '${' : (found.get(match)?.text ?? match),
  )
  const missing = [...found.keys()].filter((match) => !found.get(match))
  const unresolved = [...found.values()].some((variable) => !variable || variable.unresolved)
  return {
    scalar: {
      ...scalar,
      value: found.get(value)?.value ?? text,
      text,
      variables: [...found.keys()],
      ...(unresolved && { unresolved }),
    },
    diagnostics: missing.map((match) => explainReference(scalar, match, scope)),
  }
}

/** A value from outside as YAML would read it; what is neither a number nor true or false is text. */
export const parseScalar = (text: string): Value => {
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  const isInteger = /^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(text)
  const isFloat = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)
  return isInteger || isFloat ? Number(text) : text
}

const refuseLength = (scalar: LocatedScalar): Interpolated => {
  const message = `the variables in this are more than ${MAX_LENGTH} characters`
  return {
    scalar: { ...scalar, unresolved: true },
    diagnostics: [makeError('variable', message, scalar.place)],
  }
}

const lookUp = (scope: Scope, env: string | undefined, name = ''): Variable | undefined => {
  if (env === undefined) {
    scope.used.add(name)
    return scope.variables.get(name)
  }
  const text = Object.hasOwn(scope.env, name) ? scope.env[name] : undefined
  return text === undefined ? undefined : { value: parseScalar(text), text }
}

const explainReference = (scalar: LocatedScalar, reference: string, scope: Scope): Diagnostic => {
  const place = placeWithin(scalar, reference)
  const [, env, name] = [...reference.matchAll(REFERENCE)][0] ?? []
  if (name === undefined) {
    const hint = 'write ${name} or ${env.NAME}; $${ stands for ${ itself'
    return makeError('variable', '"${" without the name of a variable and "}"', place, hint)
  }
  if (env !== undefined && place.file.remote === true) {
    const message = `the environment of this machine is not read for what comes from elsewhere`
    return makeError(
      'variable',
      message,
      place,
      'a file on the machine may: vars: { name: ${env.NAME} }',
    )
  }
  if (env !== undefined) {
    return makeError('variable', `the environment has no variable ${quote(name)}`, place)
  }
  if (scope.isDeclaration) {
    const message = `the value of a variable may not name another one, ${quote(name)}`
    return makeError('variable', message, place, 'only ${env.NAME} may stand here')
  }
  const hint = `declare it under vars, or give it with --var ${name}=value`
  const message = `undefined variable ${quote(name)}`
  return makeError('variable', message, place, suggest(name, scope.variables.keys()) ?? hint)
}

/** Where a reference stands, looked up in the file's text as quotes and escapes shift what is inside. */
const placeWithin = ({ place }: LocatedScalar, reference: string): Place => {
  const { start, end } = spanOf(place)
  const offset = place.file.text.slice(start, end).indexOf(reference)
  if (offset < 0) return place
  return { file: place.file, start: start + offset, end: start + offset + reference.length }
}
