import { checkSnapshot } from '../kernel/parse-snapshot.ts'
import {
  anything,
  flag,
  isMap,
  isTooDeep,
  list,
  map,
  number,
  oneOf,
  orNull,
  shape,
  text,
} from '../kernel/shapes.ts'
import { readDocument } from './document-files.ts'
import { exitCodes, Failure } from './failure.ts'
import { digestOf } from './saved-plan.ts'
import type { SavedPlan } from './saved-plan.ts'

const format = '1.0'

const changeShape = shape({
  address: text,
  kind: text,
  title: text,
  group: orNull(text),
  actions: list(oneOf('create', 'update', 'delete')),
  cause: oneOf('config', 'node', 'both', 'unknown'),
  before: orNull(map(anything)),
  after: orNull(map(anything)),
  differences: list(shape({ attribute: text, replaces: flag })),
  adopts: flag,
  reason: orNull(text),
  lockout: orNull(text),
  source: orNull(shape({ file: text, line: number, column: number })),
  steps: list(anything),
})

// What came out is made again and compared before it is carried out: its shape is that of what is shown.
const planShape = shape({
  digest: text,
  netplan: text,
  made: text,
  plan: shape({
    node: text,
    owner: text,
    observed: number,
    summary: shape({ create: number, update: number, replace: number, delete: number }),
    changes: list(changeShape),
  }),
  undo: list(anything),
  checks: list(text),
  options: shape({ adopt: flag, iptables: orNull(oneOf('nft', 'legacy')), node: orNull(text) }),
  configuration: shape({
    files: list(shape({ name: text, digest: text, text })),
    vars: map(text),
    env: map(text),
  }),
})

const invalid = (message: string): Failure =>
  new Failure(exitCodes.invalid, 'invalid-plan', message)

/** A file that is given where a plan is expected: most likely it is a configuration. */
const noPlan = (file: string): Failure =>
  new Failure(
    exitCodes.usage,
    'usage',
    `${file} is no saved plan (netplan plan --out writes one): a configuration is given by -f ${file}`,
  )

/** The text of a document that is given on the command line. */
export const readGiven = async (file: string): Promise<string> => {
  try {
    return await readDocument(file)
  } catch (error) {
    const { cause, message } = error as Error
    const isFolder = (cause as NodeJS.ErrnoException | undefined)?.code === 'EISDIR'
    if (isFolder || /\.ya?ml$/.test(file)) throw noPlan(file)
    throw invalid(message)
  }
}

/** The document of ours that a text is; undefined: none. */
export const parseDocument = (source: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const document: unknown = JSON.parse(source)
    return isMap(document) ? document : undefined
  } catch {
    return undefined
  }
}

const kindText = (document: Readonly<Record<string, unknown>>): string => {
  if (document['type'] === 'snapshot') return 'it is a snapshot of a node'
  return Array.isArray(document['changes'])
    ? 'it is a plan as --json prints it, from which nothing can be carried out'
    : 'it has not the type of one'
}

/** The saved plan that a document is; a Failure (65) where it is none, or not as it was written. */
export const checkSavedPlan = (
  document: Readonly<Record<string, unknown>>,
  file: string,
): SavedPlan => {
  if (document['type'] !== 'plan')
    throw invalid(`${file} is no saved plan: ${kindText(document)}; netplan plan --out writes one`)
  const version = document['formatVersion']
  if (version !== format) {
    const found = typeof version === 'string' ? version : 'of no version'
    const message = `${file} has format ${found}, and this netplan reads ${format}: use the version that wrote it`
    throw invalid(message)
  }
  if (isTooDeep(document)) throw invalid(`${file} is a damaged plan: it has too many levels`)
  if (document['digest'] !== digestOf(document))
    throw invalid(`${file} is damaged: it is not as netplan wrote it; plan again`)
  const problem = planShape(document, '')
  if (problem !== undefined) throw invalid(`${file} is a damaged plan: ${problem}`)
  checkSnapshot(document['snapshot'], file)
  return document as unknown as SavedPlan
}

/** The saved plan of a file, or of standard input. */
export const readSavedPlan = async (file: string): Promise<SavedPlan> => {
  const document = parseDocument(await readGiven(file))
  if (!document) throw noPlan(file)
  return checkSavedPlan(document, file)
}
