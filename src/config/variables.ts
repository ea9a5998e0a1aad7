import type { Diagnostic } from './diagnostics.ts'
import { entriesOf, findAt, makeMap, type Located } from './located.ts'
import { interpolate, parseScalar, type Scope, type Variable } from './interpolate.ts'
import { suggest } from './words.ts'

/** What comes from outside of the files. */
export interface Overrides {
  readonly vars: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Half a character is what no file and no command line can hold: as there, it becomes U+FFFD. */
const wellFormed = <T extends string | undefined>(
  values: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, text]) => [
      name,
      text === undefined ? text : (Buffer.from(text).toString() as T),
    ]),
  )

/** The variables of all files, with what `--var` overrides. */
export const declareVariables = (
  roots: readonly Located[],
  overrides: Overrides,
): { readonly scope: Scope; readonly diagnostics: readonly Diagnostic[] } => {
  const vars = wellFormed(overrides.vars)
  const env = wellFormed(overrides.env)
  const diagnostics: Diagnostic[] = []
  const variables = new Map<string, Variable>()
  const texts = new Set<string>()
  for (const [name, node] of roots.flatMap(listDeclarations)) {
    // The second file with the name is an error of its own.
    if (variables.has(name)) continue
    const declared = declareVariable(node, env)
    variables.set(name, declared.variable)
    if (isText(node)) texts.add(name)
    if (!Object.hasOwn(vars, name)) diagnostics.push(...declared.diagnostics)
  }
  for (const [name, text] of Object.entries(vars)) {
    variables.set(name, { value: texts.has(name) ? text : parseScalar(text), text })
  }
  return { scope: { variables, env, used: new Set() }, diagnostics }
}

/** The `vars` section with the values that count, to be validated as what they stand for. */
export const resolveDeclarations = (section: Located, { variables }: Scope): Located => {
  if (section.kind !== 'map') return section
  const entries = [...entriesOf(section)].map(([name, entry]) => {
    const variable = variables.get(name)
    if (entry.value.kind !== 'scalar' || !variable) return [name, entry] as const
    // A variable without a value is one that `--var` has to give; else the schema tells.
    if (variable.unresolved && entry.value.value === null) return [name, entry] as const
    return [name, { ...entry, value: { ...entry.value, ...variable } }] as const
  })
  return makeMap(new Map(entries), section.place)
}

/** `--var` of variables that no file declares and none uses: typing mistakes. */
export const findUnusedOverrides = (
  roots: readonly Located[],
  { vars }: Overrides,
  { used }: Scope,
): readonly Diagnostic[] => {
  const known = new Set([...roots.flatMap(listDeclarations).map(([name]) => name), ...used])
  return Object.keys(vars)
    .filter((name) => !known.has(name))
    .map((name) => {
      const hint = suggest(name, known)
      const message = `--var ${name}: no file declares or uses a variable of this name`
      return { severity: 'error', code: 'variable', message, ...(hint !== undefined && { hint }) }
    })
}

const listDeclarations = (root: Located): readonly (readonly [string, Located])[] => {
  const section = findAt(root, ['vars'])?.value
  if (section?.kind !== 'map') return []
  return [...entriesOf(section)].map(([name, { value }]) => [name, value] as const)
}

/** What the file has as text stays text: `--var name=0755` for `name: "0644"` is no number. */
const isText = (node: Located): boolean =>
  node.kind === 'scalar' && typeof node.value === 'string' && !node.value.includes('${')

const declareVariable = (
  node: Located,
  env: Scope['env'],
): { readonly variable: Variable; readonly diagnostics: readonly Diagnostic[] } => {
  // The schema tells that a list or nothing is no value; that its uses have none is no news then.
  const unusable = { value: NaN, text: '', unresolved: true }
  if (node.kind !== 'scalar') return { variable: unusable, diagnostics: [] }
  const scope = { variables: new Map(), env, used: new Set<string>(), isDeclaration: true }
  const { scalar, diagnostics } = interpolate(node, scope)
  const { value, text, unresolved = false } = scalar
  if (value === null) return { variable: unusable, diagnostics }
  return { variable: { value, text, ...(unresolved && { unresolved }) }, diagnostics }
}
