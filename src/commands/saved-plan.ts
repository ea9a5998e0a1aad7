import { createHash } from 'node:crypto'
import type { Expansion } from '../expand/index.ts'
import type { Backend } from '../iptables/restore.ts'
import type { Json } from '../kernel/reader.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { dependenciesOf } from '../plan/dependencies.ts'
import type { Dependencies } from '../plan/dependencies.ts'
import { foreseeWayBack } from '../plan/preview.ts'
import { statesOf } from '../plan/states.ts'
import { makeRegistry } from '../plan/world.ts'
import { planDocument } from '../present/document.ts'
import type { PlanDocument } from '../present/document.ts'
import { kinds } from '../resources/index.ts'
import type { Step } from '../resources/kind.ts'
import type { SavedFiles } from './load.ts'
import type { Planned, View } from './view.ts'

/** What a plan was made from: given the same, the same comes out. */
export interface Ingredients {
  readonly options: {
    readonly adopt: boolean
    readonly iptables: Backend | null
    /** As `--node` said, if it did. */
    readonly node: string | null
  }
  readonly configuration: SavedFiles
  readonly snapshot: Snapshot
}

/** What comes out, for whoever reads a saved plan. */
export interface Outcome {
  readonly owner: View['owner']
  readonly plan: PlanDocument
  /** What would undo it, as far as that can be told before. */
  readonly undo: readonly (Step & { readonly address: string })[]
  /** What is noted of objects that carry no mark, once it is done. */
  readonly records: Readonly<Record<string, Json>>
  /** What it touches, and what that depends on, as it was found. */
  readonly objects: readonly SavedObject[]
  /** What has to work before and after, by name. */
  readonly checks: readonly string[]
}

interface SavedObject {
  readonly address: string
  readonly role: 'touched' | 'needed'
  /** Of all by which one can tell whether it is as it was; null: there was none. */
  readonly digest: string | null
}

/** A plan to be carried out later, perhaps elsewhere: of schemas/saved-plan.schema.json. */
export interface SavedPlan extends Ingredients, Outcome {
  readonly formatVersion: '1.0'
  readonly type: 'plan'
  /** Of all the rest. */
  readonly digest: string
  readonly netplan: string
  /** ISO 8601. */
  readonly made: string
}

/** JSON whose keys are in one order, however somebody wrote it. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )

export const textDigest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The digest that a document is to carry. */
export const digestOf = (document: object): string =>
  textDigest(canonical({ ...document, digest: undefined }))

const rolesOf = ({
  touched,
  needed,
}: Dependencies): readonly Pick<SavedObject, 'address' | 'role'>[] => [
  ...[...touched].map((address) => ({ address, role: 'touched' as const })),
  ...[...needed].sort().map((address) => ({ address, role: 'needed' as const })),
]

export type Ready = Extract<Planned, { ok: true }>

/** What is told of a plan that was made. */
export const outcomeOf = (
  { plan, seen }: Ready,
  { owner, nodeName }: Pick<View, 'owner' | 'nodeName'>,
  { probes }: Pick<Expansion, 'probes'>,
): Outcome => {
  const states = statesOf(makeRegistry(kinds), seen.observed, plan.owner)
  const objects = rolesOf(dependenciesOf(kinds, plan, seen)).map((object) => {
    const state = states.get(object.address)
    const text = object.role === 'touched' ? state?.text : state?.lasting
    return { ...object, digest: text === undefined ? null : textDigest(text).slice(0, 32) }
  })
  return {
    owner: { name: owner.name, id: owner.id },
    plan: planDocument(plan, nodeName),
    undo: foreseeWayBack(kinds, plan, seen.observed).map(({ identity, step }) => ({
      address: identity,
      ...step,
    })),
    records: Object.fromEntries(plan.records),
    objects,
    checks: probes.map(({ name }) => name),
  }
}

export interface Making {
  readonly netplan: string
  readonly made: Date
}

/** A plan as a document that can be carried out later. */
export const savePlan = (
  { options, configuration, snapshot }: Ingredients,
  outcome: Outcome,
  { netplan, made }: Making,
): SavedPlan => {
  const head = { formatVersion: '1.0' as const, type: 'plan' as const }
  const rest = {
    netplan,
    made: made.toISOString(),
    ...outcome,
    options,
    configuration,
    snapshot,
  }
  return { ...head, digest: digestOf({ ...head, ...rest }), ...rest }
}
