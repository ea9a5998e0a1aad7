import type { Location } from '../config/diagnostics.ts'
import type { Json } from '../resources/kind.ts'
import type { Change, Plan } from '../plan/plan.ts'
import type { Attributes, Step } from '../resources/kind.ts'
import { foldGroups } from './fold.ts'
import type { Block } from './fold.ts'

/** The JSON document of a plan, of schemas/plan.schema.json; every other format is drawn from it. */
export interface PlanDocument {
  readonly formatVersion: '1.0'
  readonly node: string
  readonly owner: string
  readonly observed: number
  readonly summary: Summary
  readonly changes: readonly ChangeDocument[]
}

/** How many objects are made, changed ...; the parts of one that was written, as a service, are one. */
export interface Summary {
  readonly create: number
  readonly update: number
  readonly replace: number
  readonly delete: number
}

export interface ChangeDocument {
  /** Identity of the object: stable, printable. */
  readonly address: string
  readonly kind: string
  readonly title: string
  /** What a person wrote that it is a part of: "service web tcp/80". */
  readonly group: string | null
  /** As in Terraform's plans: a replacement is ["delete", "create"]. */
  readonly actions: readonly ('create' | 'update' | 'delete')[]
  /** What moved: the file or the node; unknown without a record of what was last applied. */
  readonly cause: 'config' | 'node' | 'both' | 'unknown'
  readonly before: DocumentAttributes | null
  readonly after: DocumentAttributes | null
  readonly differences: readonly {
    readonly attribute: string
    readonly before: Json
    readonly after: Json
    readonly replaces: boolean
  }[]
  /** Taken over from somebody else, or marked anew. */
  readonly adopts: boolean
  readonly reason: string | null
  /** Why it may keep people out of the node: "carries the default route". */
  readonly lockout: string | null
  readonly source: Location | null
  /** `order` is the place among all steps of the plan, from 1. */
  readonly steps: readonly (Step & { readonly order: number })[]
}

type DocumentAttributes = Readonly<Record<string, Json>>

const actionsOf = ({ action }: Change): ChangeDocument['actions'] =>
  action === 'replace' ? ['delete', 'create'] : [action]

/** Without what was not declared, and sorted as given. */
const definedAttributes = (attributes: Attributes): DocumentAttributes =>
  isDefined(attributes)
    ? attributes
    : Object.fromEntries(
        Object.entries(attributes).filter(
          (entry): entry is [string, Json] => entry[1] !== undefined,
        ),
      )

const isDefined = (attributes: Attributes): attributes is DocumentAttributes =>
  !Object.values(attributes).includes(undefined)

const changeDocument = (change: Change, steps: ChangeDocument['steps']): ChangeDocument => ({
  address: change.identity,
  kind: change.kind,
  title: change.title,
  group: change.group ?? null,
  actions: actionsOf(change),
  cause: change.cause,
  before: change.before ? definedAttributes(change.before.attributes) : null,
  after:
    change.after && change.action !== 'delete' ? definedAttributes(change.after.attributes) : null,
  differences: change.differences.map(({ attribute, before, after, replaces }) => ({
    attribute,
    before: before ?? null,
    after: after ?? null,
    replaces,
  })),
  adopts: change.adopts,
  reason: change.reason ?? null,
  lockout: change.lockout ?? null,
  source: change.after?.source ?? null,
  steps,
})

const summarize = (blocks: readonly Block<ChangeDocument>[]): Summary => {
  const count = (actions: string): number =>
    blocks.filter((block) => block.actions.join() === actions).length
  return {
    create: count('create'),
    update: count('update'),
    replace: count('delete,create'),
    delete: count('delete'),
  }
}

/** A plan as data; the same plan gives the same document. */
export const planDocument = (plan: Plan, node: string): PlanDocument => {
  const steps = new Map<string, (Step & { order: number })[]>()
  plan.steps.forEach(({ identity, step }, index) => {
    const here = steps.get(identity) ?? []
    here.push({ order: index + 1, ...step })
    steps.set(identity, here)
  })
  const changes = plan.changes.map((change) =>
    changeDocument(change, steps.get(change.identity) ?? []),
  )
  return {
    formatVersion: '1.0',
    node,
    owner: plan.owner.name,
    observed: plan.observed,
    summary: summarize(foldGroups(changes)),
    changes,
  }
}
