import { validate } from '../generated/validate.ts'
import type { Diagnostic } from './diagnostics.ts'
import { describeActual, describeExpected } from './expectations.ts'
import { findAt, headOf, toPlain, type Located, type Path } from './located.ts'
import { explainMismatch } from './mismatches.ts'
import { explainDeviceName, explainNamespaceName } from './names.ts'
import { makeError } from './report.ts'
import { nodeAt, resolveNode, typesOf, type SchemaNode } from './schema-nodes.ts'
import type { Place } from './source.ts'
import { describeKind, describePath, describeValue } from './subjects.ts'
import { findMeantKey, explainUnknownKey } from './unknown-keys.ts'
import { quote, suggest } from './words.ts'

/** One of ajv's errors, at a path with numbers for positions in lists. */
interface ShapeError {
  readonly keyword: string
  readonly path: Path
  readonly params: Readonly<Record<string, unknown>>
}

/** What of a file is not as the schema asks for: one diagnostic a mistake, each at the key or value to change. */
export const validateShape = (root: Located): readonly Diagnostic[] => {
  if (root.kind === 'scalar' && root.value === null) return []
  if (root.kind !== 'map') {
    const message = `a configuration is a mapping of sections, got ${describeActual(root)}`
    return [
      makeError('schema', message, root.place, 'such as "bridges:", with "br0:" indented below'),
    ]
  }
  if (validate(toPlain(root))) return []
  const errors = (validate.errors ?? [])
    // The error about a name is followed by one of the mapping that has the name: that one is told.
    .filter((error) => error.propertyName === undefined)
    .map(({ keyword, instancePath, params }) => ({
      keyword,
      params,
      path: toPath(root, instancePath),
    }))
  return explainErrors(root, dropAlternatives(root, errors))
}

/** Of what may be text, a list or a mapping: who wrote one of them is not told that it is none of the others. */
const dropAlternatives = (root: Located, errors: readonly ShapeError[]): readonly ShapeError[] => {
  const keyOf = ({ path }: ShapeError): string => JSON.stringify(path)
  const choices = new Set(
    errors
      .filter(
        ({ keyword, path }) => keyword === 'anyOf' && hasShapeOf(nodeAt(path), findAt(root, path)),
      )
      .map(keyOf),
  )
  if (choices.size === 0) return errors
  const ofChoice = ['anyOf', 'type', 'const', 'enum']
  return errors.filter((error) => !ofChoice.includes(error.keyword) || !choices.has(keyOf(error)))
}

/** Whether a mapping stands where a mapping may, or a list where a list may. */
const hasShapeOf = (node: SchemaNode | undefined, found: ReturnType<typeof findAt>): boolean => {
  const type = { map: 'object', list: 'array', scalar: '' }[found?.value.kind ?? 'scalar']
  return node !== undefined && typesOf(node).includes(type)
}

const explainErrors = (root: Located, all: readonly ShapeError[]): readonly Diagnostic[] => {
  const errors = dropConsequences(all)
  const next = errors[MOST]
  if (next) {
    const message = `${errors.length - MOST} more errors from here on`
    const rest = makeError('schema', message, headOf(root, next.path))
    return [...explainErrors(root, errors.slice(0, MOST)), rest]
  }
  const seen = new Set<string>()
  const isNew = (text: string): boolean => seen.size < seen.add(text).size
  return (
    errors
      .flatMap((error) => explainError(root, error) ?? [])
      // Several keywords may refuse one value, and several aliases may stand for one.
      .filter(({ location, message }) => isNew(JSON.stringify([location, message])))
      .map(({ hint, ...diagnostic }) => ({
        ...diagnostic,
        // What a list of all sections can say, it says once.
        ...(hint !== undefined && (hint.length < LONG_HINT || isNew(hint)) && { hint }),
      }))
  )
}

const LONG_HINT = 80

/** A file of one mistake a line is told so often; who repairs that many by hand will run it again. */
const MOST = 1000

/** A key that is missing because it is misspelt is one mistake, not two. */
const dropConsequences = (errors: readonly ShapeError[]): readonly ShapeError[] => {
  const meant = new Set(
    errors
      .filter(({ keyword }) => keyword === 'additionalProperties')
      .map(({ path, params }) =>
        JSON.stringify([path, findMeantKey(path, String(params['additionalProperty']))]),
      ),
  )
  const isMeant = ({ path, params }: ShapeError): boolean =>
    meant.has(JSON.stringify([path, params['missingProperty']]))
  return errors.filter((error) => error.keyword !== 'required' || !isMeant(error))
}

const explainError = (root: Located, error: ShapeError): Diagnostic | undefined => {
  const { keyword, path, params } = error
  if (keyword === 'additionalProperties')
    return explainUnknown(root, path, String(params['additionalProperty']))
  if (keyword === 'propertyNames') return explainName(root, path, String(params['propertyName']))
  if (keyword === 'required') return explainMissing(root, path, String(params['missingProperty']))
  if (keyword === 'minProperties') {
    return makeError('schema', `${describePath(path)} is empty`, headOf(root, path))
  }
  if (keyword === 'minItems') {
    const limit = params['limit'] === 1 ? 'one entry' : `${String(params['limit'])} entries`
    const message = `${describeValue(path)} must have ${limit} or more`
    const hint =
      path.at(-1) === 'nexthops' ? 'a single one is written with "via" and "device"' : undefined
    return makeError('schema', message, headOf(root, path), hint)
  }
  return explainValue(root, path)
}

const explainUnknown = (root: Located, path: Path, key: string): Diagnostic => {
  const noun =
    path.length === 0 ? `section ${quote(key)}` : `key ${quote(key)} in ${describePath(path)}`
  const hint = explainUnknownKey(path, key)
  return makeError('unknown-key', `unknown ${noun}`, keyPlace(root, [...path, key]), hint)
}

const explainMissing = (root: Located, path: Path, key: string): Diagnostic => {
  const node = nodeAt([...path, key])
  const hint = node && `${key} is ${describeExpected(node)}`
  return makeError('schema', `${describePath(path)} needs ${quote(key)}`, headOf(root, path), hint)
}

const explainName = (root: Located, path: Path, name: string): Diagnostic => {
  const place = keyPlace(root, [...path, name])
  const section = String(path.at(-1))
  const node = nodeAt(path)?.propertyNames
  const reason = NAME_RULES[section] ?? (node && explainText(resolveNode(node), name))
  return makeError(
    'value',
    `${quote(name)} cannot be the name of ${describeKind(section)}`,
    place,
    reason,
  )
}

/** What names look like in sections whose names are not those of devices or namespaces. */
const NAME_RULES: Readonly<Record<string, string>> = {
  nodes: 'a name is of letters, digits, "-" and ".", with a letter or digit at both ends',
  pods: 'a name is of a-z, 0-9, "-" and ".", with a letter or digit at both ends',
  services:
    'a name is of a-z, 0-9, "-", "." and "/", with a letter or digit at both ends; at most 128',
  sysctls: 'netplan sets parameters below "net" only, as in net.ipv4.ip_forward',
  vars: 'a name is of letters, digits, "-" and "_", and starts with a letter',
}

const explainValue = (root: Located, path: Path): Diagnostic | undefined => {
  const found = findAt(root, path)
  const node = nodeAt(path)
  if (!found || !node || (found.value.kind === 'scalar' && found.value.unresolved)) return undefined
  const message = `${describeValue(path)} must be ${describeExpected(node)}, got ${describeActual(found.value)}`
  const hint =
    explainMissingName(path) ?? explainOpen(root, path, found.value) ?? hintFor(node, found.value)
  return makeError('schema', message, valuePlace(found), hint)
}

/** `bridges: { mtu: 1500 }`: what belongs to one bridge stands where the names are. */
const explainMissingName = (path: Path): string | undefined => {
  const [section, key] = path
  if (path.length !== 2 || typeof key !== 'string') return undefined
  const isKey = Object.hasOwn(nodeAt([...path])?.properties ?? {}, key)
  return isKey ? `${section} have names: write one above, and indent "${key}" below it` : undefined
}

/** `[auto]`, and the name of a pod where an address is asked for. */
const explainOpen = (root: Located, path: Path, value: Located): string | undefined => {
  if (value.kind !== 'scalar' || typeof path.at(-1) !== 'number') return undefined
  if (value.value === 'auto') return 'write auto instead of the list'
  const isPod = path.at(-2) === 'endpoints' && findAt(root, ['pods', value.text]) !== undefined
  return isPod ? `write { pod: ${value.text} }` : undefined
}

const hintFor = (node: SchemaNode, value: Located): string | undefined => {
  const text = value.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined
  const fixed = node.const === undefined ? node.enum : [node.const]
  const choices = fixed?.map(String) ?? NAMED_VALUES[node.definition ?? ''] ?? []
  const meant = text === undefined ? undefined : suggestValue(text, choices)
  return (
    meant ??
    explainMismatch(node, value) ??
    (text === undefined ? undefined : explainText(node, text))
  )
}

const suggestValue = (text: string, choices: readonly string[]): string | undefined => {
  const meant = OTHER_VALUES[text.toLowerCase()] ?? ''
  return choices.includes(meant) ? `did you mean ${quote(meant)}?` : suggest(text, choices)
}

/** What other tools call our values, where the nearest by spelling is another. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  'host-gw': 'hostGateway',
  hostgw: 'hostGateway',
  icmp6: 'ipv6-icmp',
  icmpv6: 'ipv6-icmp',
  ipv4: 'inet',
  ipv6: 'inet6',
  rr: 'roundRobin',
}

/** The words that a pattern or format allows. */
const NAMED_VALUES: Readonly<Record<string, readonly string[]>> = {
  prefix: ['default'],
  table: ['main', 'default', 'local'],
}

/** What a name's pattern refuses, in words. */
const explainText = ({ definition }: SchemaNode, text: string): string | undefined => {
  if (definition === 'linkName' || definition === 'devicePattern') return explainDeviceName(text)
  if (definition === 'namespaceName') return explainNamespaceName(text)
  return undefined
}

/** A collection starts on a line below its key, so the key is shown; nothing has no place of its own either. */
const valuePlace = ({ key, value }: { readonly key?: Place; readonly value: Located }): Place => {
  const isNothing = value.kind === 'scalar' && value.value === null
  return key && (value.kind !== 'scalar' || isNothing) ? key : value.place
}

const keyPlace = (root: Located, path: Path): Place =>
  findAt(root, path)?.key ?? headOf(root, path.slice(0, -1))

/** ajv's JSON pointer as a path: what is a position in a list becomes a number. */
const toPath = (root: Located, pointer: string): Path => {
  const path: (string | number)[] = []
  let node: Located | undefined = root
  for (const part of pointer.split('/').slice(1)) {
    const segment: string = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(node?.kind === 'list' ? Number(segment) : segment)
    node = node && findAt(node, [segment])?.value
  }
  return path
}
