import { SnapshotError } from './snapshot.ts'
import type { Snapshot } from './snapshot.ts'

/** What is wrong with a value, at its place in the document; undefined: nothing. */
type Check = (value: unknown, at: string) => string | undefined

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string =>
  value === undefined ? 'missing' : value === null ? 'null' : `of type ${typeof value}`

const plain =
  (type: 'string' | 'number' | 'boolean'): Check =>
  (value, at) =>
    typeof value === type ? undefined : `${at} is ${kindOf(value)}, not a ${type}`

const [text, number, flag] = [plain('string'), plain('number'), plain('boolean')]

const anything: Check = () => undefined

const orNull =
  (check: Check): Check =>
  (value, at) =>
    value === null ? undefined : check(value, at)

const orNone =
  (check: Check): Check =>
  (value, at) =>
    value === undefined ? undefined : check(value, at)

const oneOf =
  (...values: readonly unknown[]): Check =>
  (value, at) =>
    values.includes(value) ? undefined : `${at} is not one of ${values.join(', ')}`

const list =
  (check: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at} is ${kindOf(value)}, not a list`
    for (const [index, one] of value.entries()) {
      const problem = check(one, `${at}[${String(index)}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

const map =
  (check: Check): Check =>
  (value, at) => {
    if (!isMap(value)) return `${at} is ${kindOf(value)}, not a mapping`
    for (const key of Object.keys(value)) {
      const problem = check(value[key], `${at}.${key}`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

const shape =
  (keys: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (!isMap(value)) return `${at} is ${kindOf(value)}, not a mapping`
    for (const [key, check] of Object.entries(keys)) {
      const found = Object.hasOwn(value, key) ? value[key] : undefined
      const problem = check(found, at === '' ? key : `${at}.${key}`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

const output = shape({
  argv: list(text),
  stdin: orNone(text),
  code: orNone(number),
  stdout: orNone(text),
  stderr: orNone(text),
  missing: orNone(text),
})

const namespace = shape({
  name: text,
  path: orNull(text),
  exists: flag,
  inode: orNone(number),
  born: orNone(text),
  stale: orNone(flag),
  empty: orNone(flag),
  outputs: list(output),
  sysctls: map(orNull(text)),
})

const snapshotShape = shape({
  node: shape({
    name: text,
    given: orNull(text),
    netns: orNull(text),
    hostname: text,
    inode: number,
    born: orNull(text),
  }),
  versions: shape({ netplan: text, ip: orNull(text), iptables: orNull(text) }),
  sshConnection: orNull(text),
  notice: orNull(text),
  firewall: orNull(shape({ backend: oneOf('nft', 'legacy'), plain: flag })),
  owners: list(
    shape({ owner: text, ownerId: number, notedAt: orNull(number), entries: map(anything) }),
  ),
  named: list(text),
  namespaces: list(namespace),
})

const parseJson = (source: string, name: string): unknown => {
  try {
    return JSON.parse(source)
  } catch (error) {
    const { message } = error as SyntaxError
    // Node shows a piece of the text behind the first line.
    const [reason = ''] = message.split('\n')
    throw new SnapshotError('invalid', `${name} is no snapshot: it is not JSON (${reason})`)
  }
}

const format = '1.0'

/** Names stand in tables and messages, and make no lines of their own there. */
const nameProblem = ({ node }: Snapshot): string | undefined => {
  const names = [node.name, node.hostname, node.netns ?? '', node.given ?? '']
  return names.some((name) => /[\0-\x1f\x7f]/.test(name))
    ? 'the name of the node has control characters'
    : undefined
}

/**
 * The snapshot that a text is.
 *
 * @param name what a person calls the text: a file
 * @throws SnapshotError where it is none, is damaged, or is of another version of the format
 */
export const parseSnapshot = (source: string, name: string): Snapshot => {
  const document = parseJson(source, name)
  if (!isMap(document) || document['type'] !== 'snapshot') {
    const hint = 'netplan show --snapshot writes one'
    throw new SnapshotError('invalid', `${name} is no snapshot of a node: ${hint}`)
  }
  const version = document['formatVersion']
  if (version !== format) {
    const found = typeof version === 'string' ? version : 'of no version'
    const message = `${name} has format ${found}, and this netplan reads ${format}: use the version that wrote it`
    throw new SnapshotError('invalid', message)
  }
  const problem = snapshotShape(document, '') ?? nameProblem(document as unknown as Snapshot)
  if (problem === undefined && (document['namespaces'] as unknown[]).length > 0)
    return document as unknown as Snapshot
  const reason = problem ?? 'namespaces is empty'
  throw new SnapshotError('invalid', `${name} is a damaged snapshot: ${reason}`)
}
