import {
  anything,
  flag,
  isMap,
  isTooDeep,
  list,
  map,
  number,
  oneOf,
  orNone,
  orNull,
  shape,
  text,
} from './shapes.ts'
import { SnapshotError } from './snapshot.ts'
import type { Snapshot } from './snapshot.ts'

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
  redacted: orNone(flag),
  node: shape({
    name: text,
    given: orNull(text),
    netns: orNull(text),
    hostname: text,
    inode: number,
    born: orNull(text),
    machine: orNone(orNull(text)),
    boot: orNone(orNull(text)),
  }),
  versions: shape({ netplan: text, ip: orNull(text), iptables: orNull(text) }),
  sshConnection: orNull(text),
  notice: orNull(text),
  firewall: orNull(shape({ backend: oneOf('nft', 'legacy'), plain: flag })),
  owners: list(
    shape({
      owner: text,
      ownerId: number,
      notedAt: orNull(number),
      entries: map(anything),
      ipv6Rules: orNone(map(flag)),
      applied: orNone(shape({ names: list(text), objects: map(text) })),
    }),
  ),
  named: list(text),
  namespaces: list(namespace),
})

const writer = 'netplan show --snapshot writes one'

const parseJson = (source: string, name: string): unknown => {
  try {
    return JSON.parse(source)
  } catch (error) {
    const { message } = error as SyntaxError
    // Node shows a piece of the text behind the first line.
    const [reason = ''] = message.split('\n')
    throw new SnapshotError(
      'invalid',
      `${name} is no snapshot: it is not JSON (${reason}); ${writer}`,
    )
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
 * The snapshot that a value is.
 *
 * @param name what a person calls it: a file
 * @throws SnapshotError where it is none, is damaged, or is of another version of the format
 */
export const checkSnapshot = (document: unknown, name: string): Snapshot => {
  if (!isMap(document) || document['type'] !== 'snapshot') {
    throw new SnapshotError('invalid', `${name} is no snapshot of a node: ${writer}`)
  }
  const version = document['formatVersion']
  if (version !== format) {
    const found = typeof version === 'string' ? version : 'of no version'
    const message = `${name} has format ${found}, and this netplan reads ${format}: use the version that wrote it`
    throw new SnapshotError('invalid', message)
  }
  if (isTooDeep(document))
    throw new SnapshotError('invalid', `${name} is a damaged snapshot: it has too many levels`)
  const problem = snapshotShape(document, '') ?? nameProblem(document as unknown as Snapshot)
  if (problem === undefined && (document['namespaces'] as unknown[]).length > 0)
    return document as unknown as Snapshot
  const reason = problem ?? 'namespaces is empty'
  throw new SnapshotError('invalid', `${name} is a damaged snapshot: ${reason}`)
}

/** The snapshot that a text is; see `checkSnapshot`. */
export const parseSnapshot = (source: string, name: string): Snapshot =>
  checkSnapshot(parseJson(source, name), name)
