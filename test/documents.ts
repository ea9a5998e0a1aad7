import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as ajvModule from 'ajv'
import type { Ajv } from 'ajv'
import { formats } from '../src/config/formats.ts'
import type { FleetNodeDocument, FleetSummary } from '../src/present/fleet-document.ts'
import type { PlanDocument } from '../src/present/document.ts'
import { root } from './run.ts'

const schemaFile = {
  netplan: 'netplan.schema.json',
  plan: 'plan.schema.json',
  snapshot: 'snapshot.schema.json',
  'saved-plan': 'saved-plan.schema.json',
  fleet: 'fleet.schema.json',
  rehearsal: 'rehearsal.schema.json',
  'fleet-rehearsal': 'fleet-rehearsal.schema.json',
  import: 'import.schema.json',
  objects: 'objects.schema.json',
  validation: 'validation.schema.json',
  probes: 'probes.schema.json',
  error: 'error.schema.json',
} as const

export type DocumentName = keyof typeof schemaFile

/** All schemas, for some refer to others. None is compiled yet: all of them take longer than many a test. */
const readSchemas = (): Ajv => {
  const { Ajv } = createRequire(import.meta.url)('ajv') as typeof ajvModule
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false })
  ajv.addFormat('date-time', (text) => new Date(text).toISOString() === text)
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format)
  // What `explain` knows beyond JSON Schema.
  ajv.addVocabulary(['x-expected', 'x-replaces', 'x-required'])
  for (const file of Object.values(schemaFile))
    ajv.addSchema(JSON.parse(readFileSync(join(root, 'schemas', file), 'utf8')) as object, file)
  return ajv
}

let schemas: Ajv | undefined

interface FleetDocument {
  readonly nodes: readonly FleetNodeDocument[]
  readonly summary: FleetSummary
}

/** What the published schema of that name has against a document; empty if nothing. */
export const documentErrors = (name: DocumentName, document: unknown): string => {
  schemas ??= readSchemas()
  const valid = schemas.validate(schemaFile[name], document)
  return valid ? '' : schemas.errorsText(schemas.errors, { separator: '\n' })
}

export const planErrors = (document: unknown): string => documentErrors('plan', document)
export const snapshotErrors = (document: unknown): string => documentErrors('snapshot', document)
export const savedPlanErrors = (document: unknown): string => documentErrors('saved-plan', document)
export const rehearsalErrors = (document: unknown): string => documentErrors('rehearsal', document)

const checkSchema = (name: DocumentName, document: unknown): void => {
  assert.equal(documentErrors(name, document), '', JSON.stringify(document))
}

/** The plan of a fleet, checked: its schema, and what has to agree with what else. */
export const checkFleet = (document: unknown): FleetDocument => {
  checkSchema('fleet', document)
  const { nodes, summary } = document as FleetDocument
  const names = nodes.map(({ node }) => node)
  assert.equal(new Set(names).size, names.length, 'a node is there twice')
  assert.equal(summary.nodes, nodes.length)
  assert.equal(summary.changed, nodes.filter(({ changes }) => changes.length > 0).length)
  for (const status of ['refused', 'missing', 'unknown', 'removed'] as const)
    assert.equal(summary[status], nodes.filter((node) => node.status === status).length)
  for (const action of ['create', 'update', 'replace', 'delete'] as const) {
    const counts = nodes.map((node) => node.summary[action])
    assert.equal(
      summary[action],
      counts.reduce((sum, count) => sum + count, 0),
    )
  }
  return document as FleetDocument
}

/** What the schema cannot say: what in a plan has to agree with what else. */
const checkAgreement = ({ changes, summary }: PlanDocument): void => {
  const addresses = changes.map(({ address }) => address)
  assert.equal(new Set(addresses).size, addresses.length, 'an address is there twice')
  const orders = changes.flatMap(({ steps }) => steps.map(({ order }) => order))
  orders.sort((a, b) => a - b)
  assert.deepEqual(
    orders,
    orders.map((_, index) => index + 1),
  )
  // The parts of one thing that was written count as one.
  const blocks = new Map<string, Set<string>>()
  for (const { group, address, actions } of changes) {
    const key = group ?? address
    blocks.set(key, (blocks.get(key) ?? new Set()).add(actions.join()))
  }
  const count = (action: string): number =>
    [...blocks.values()].filter((found) => (found.size === 1 ? [...found][0] : 'update') === action)
      .length
  assert.deepEqual(summary, {
    create: count('create'),
    update: count('update'),
    replace: count('delete,create'),
    delete: count('delete'),
  })
}

export const checkPlan = (document: unknown): PlanDocument => {
  checkSchema('plan', document)
  checkAgreement(document as PlanDocument)
  return document as PlanDocument
}

const parseDocuments = (stdout: string): unknown[] => {
  try {
    return [JSON.parse(stdout)]
  } catch {
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
  }
}

/** What a command may print with --json. */
export interface Printed extends Partial<PlanDocument> {
  readonly type?: string
  readonly plan?: PlanDocument | null
  readonly error?: Readonly<Record<string, unknown>>
  readonly objects?: unknown
}

/** Documents that say by a key of their own what they are, and not by `type`. */
const byKey: readonly (readonly [string, DocumentName])[] = [
  ['omissions', 'import'],
  ['valid', 'validation'],
  ['passed', 'probes'],
  ['error', 'error'],
]

const check = (document: Printed): void => {
  for (const [key, name] of byKey) if (key in document) checkSchema(name, document)
  if (Array.isArray(document.objects) && document.type === undefined)
    checkSchema('objects', document)
  if (document.type === 'fleet') checkFleet(document)
  if (document.type === 'fleet-rehearsal') checkSchema('fleet-rehearsal', document)
  if (document.type === 'rehearsal') checkSchema('rehearsal', document)
  if (document.changes) checkPlan(document)
  if (document.plan) checkPlan(document.plan)
}

/**
 * The documents that a command printed with --json: one, or one a line. Each that has a published
 * schema is of that.
 */
export const readDocuments = (stdout: string): readonly Printed[] => {
  const documents = parseDocuments(stdout) as Printed[]
  for (const document of documents) check(document)
  return documents
}
