import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import type { FleetNodeDocument, FleetSummary } from '../src/present/fleet-document.ts'
import type { PlanDocument } from '../src/present/document.ts'
import { root } from './run.ts'

const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false })
ajv.addFormat('date-time', (text) => new Date(text).toISOString() === text)

interface FleetDocument {
  readonly nodes: readonly FleetNodeDocument[]
  readonly summary: FleetSummary
}

/** What a published schema has against a document; empty if nothing. */
const errorsOf = (file: string): ((document: unknown) => string) => {
  const text = readFileSync(join(root, 'schemas', file), 'utf8')
  const validate = ajv.compile(JSON.parse(text) as Readonly<Record<string, unknown>>)
  return (document) =>
    validate(document) ? '' : ajv.errorsText(validate.errors, { separator: '\n' })
}

export const planErrors = errorsOf('plan.schema.json')
export const snapshotErrors = errorsOf('snapshot.schema.json')
// These refer to the plan's, and to the snapshot's.
export const savedPlanErrors = errorsOf('saved-plan.schema.json')
const fleetErrors = errorsOf('fleet.schema.json')
export const rehearsalErrors = errorsOf('rehearsal.schema.json')
const fleetRehearsalErrors = errorsOf('fleet-rehearsal.schema.json')

/** The plan of a fleet, checked: its schema, and what has to agree with what else. */
export const checkFleet = (document: unknown): FleetDocument => {
  assert.equal(fleetErrors(document), '', JSON.stringify(document))
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
  assert.equal(planErrors(document), '', JSON.stringify(document))
  checkAgreement(document as PlanDocument)
  return document as PlanDocument
}

const checkError = (document: object, error: Readonly<Record<string, unknown>>): void => {
  assert.deepEqual(Object.keys(document), ['error'])
  assert.deepEqual(Object.keys(error).sort(), ['code', 'diagnostics', 'message'])
  const { code, message, diagnostics } = error
  assert.match(String(code), /^[a-z][a-z-]+$/)
  assert.ok(typeof message === 'string' && message.length > 0)
  assert.ok(Array.isArray(diagnostics))
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

/**
 * The documents that a command printed with --json: one, or one a line. Every plan among them is of
 * the published schema, and every error of its shape.
 */
export const readDocuments = (stdout: string): readonly Printed[] => {
  const documents = parseDocuments(stdout) as Printed[]
  for (const document of documents) {
    if (document.type === 'fleet') checkFleet(document)
    if (document.type === 'fleet-rehearsal') assert.equal(fleetRehearsalErrors(document), '')
    if (document.type === 'rehearsal') assert.equal(rehearsalErrors(document), '')
    if (document.changes) checkPlan(document)
    if (document.plan) checkPlan(document.plan)
    if (document.error) checkError(document, document.error)
  }
  return documents
}
