import type { Lock } from '../kernel/lock.ts'
import type { IpLink } from '../kernel/ip.ts'
import type { Expansion } from '../expand/index.ts'
import { titlesOf } from '../commands/conclude.ts'
import { noPlan } from '../commands/failure.ts'
import { findEarlier } from '../commands/journals.ts'
import { openSession } from '../commands/session.ts'
import type { Session } from '../commands/session.ts'
import { carryOutUnattended } from '../commands/unattended.ts'
import type { Planned } from '../commands/view.ts'
import type { Extent, Observation } from '../commands/observing.ts'
import type { Node } from '../kernel/namespaces.ts'
import type { Json } from '../kernel/reader.ts'
import { familyOf } from '../net/addresses.ts'
import { addressKind } from '../resources/address.ts'
import type { Address } from '../resources/address.ts'
import { chainKind } from '../resources/chain.ts'
import { engineKind } from '../resources/engine.ts'
import { flowKind } from '../resources/flow.ts'
import { jumpKind } from '../resources/jump.ts'
import type { Kind, Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'
import { linkKind } from '../resources/link.ts'
import { namespaceKind } from '../resources/namespace.ts'
import { linkGroup } from '../resources/ownership.ts'
import { routeKind } from '../resources/route.ts'
import { sysctlKind } from '../resources/sysctl.ts'
import type { Attachment } from './attachments.ts'
import { describe } from './describe.ts'
import type { Description } from './describe.ts'
import { bridgeMac } from './names.ts'

/** What is to be looked at, and planned: the rules of all attachments, and the devices of one. */
export interface Scope {
  /** All that the node is to have. */
  readonly attachments: readonly Attachment[]
  /** Others whose rules it has; default: nobody knows whose. */
  readonly leaving?: readonly Attachment[] | undefined
  /** The one whose devices are to be. */
  readonly own?: Attachment | undefined
  /** Whether a device of ours in the node is one that is to go, where nobody wants it. */
  isDoomed?(device: string): boolean
}

/** They are for all attachments, which are all described. */
const sharedKinds: readonly Kind[] = [engineKind, chainKind, jumpKind, flowKind]

const shared: ReadonlySet<string> = new Set(sharedKinds.map(({ name }) => name))

/** All that attachments are described by: what else there is of a node is nothing to the plugin. */
const described: readonly Kind[] = [
  ...[namespaceKind, linkKind, addressKind, routeKind, sysctlKind],
  ...sharedKinds,
]

const identityOf = (resource: Resource): string => {
  const kind = described.find(({ name }) => name === resource.kind)
  if (!kind) throw new Error(`bug: no kind ${resource.kind}`)
  return kind.identity(resource)
}

/** Those of a pod, and of the node by which its ports are mapped: by one that the pod has not, who comes is refused. */
const addressesOf = ({ addresses, portMaps }: Attachment): readonly string[] => [
  ...addresses,
  ...portMaps.flatMap(({ hostIP }) => hostIP ?? []),
]

/** Families in which there can be rules of ours: those of all that was attached; undefined: nobody knows. */
const familiesOf = ({ attachments, leaving }: Scope): Extent['families'] =>
  leaving && [
    ...new Set([...attachments, ...leaving].flatMap(addressesOf).map((one) => familyOf(one))),
  ]

/** Why an object changes is nothing that a runtime is told: no digests are made for it. */
const withoutHints = (planned: Planned): Planned =>
  planned.ok ? { ...planned, applied: () => ({ names: [], objects: {} }) } : planned

/**
 * What a plan may touch: what it asks for, the rules of all, and devices that are to go. Other pods are as they are. A
 * bridge of somebody else's is seen, for ports hang on it.
 */
const within =
  ({ own, isDoomed = () => false }: Scope) =>
  ({ observed, desired }: Observation): readonly Resource[] => {
    const wanted = new Set(desired.map(identityOf))
    const isSeen = (name: string): boolean => name === own?.wire?.bridge || isDoomed(name)
    return observed.filter(
      (one) =>
        shared.has(one.kind) ||
        wanted.has(identityOf(one)) ||
        (one.kind === 'link' && one.namespace === '' && isSeen((one as Link).name)),
    )
  }

/**
 * What is to be noted: not the namespaces of pods, which are read for them alone; and what parameters were before, also
 * where nobody needs them any more: they are put back when all is uninstalled.
 */
const lasting = (
  entries: ReadonlyMap<string, Json>,
  known: ReadonlyMap<string, Json>,
): ReadonlyMap<string, Json> => {
  const before = [...known].filter(([identity]) => identity.startsWith('sysctl '))
  const now = [...entries].filter(([identity]) => !identity.startsWith('namespace '))
  return new Map([...before, ...now])
}

/** What there is of the bridge of the pod in hand. */
const findBridge = (
  observed: readonly Resource[],
  bridge: string,
  group: number,
): Pick<Description, 'there' | 'mac'> => {
  const isHere = ({ namespace }: Resource): boolean => namespace === ''
  const link = observed.find(
    (one) => one.kind === 'link' && isHere(one) && (one as Link).name === bridge,
  )
  if (!link) return { mac: bridgeMac(bridge) }
  if (link.mark === group) return {}
  const addresses = observed.filter(
    (one): one is Address =>
      one.kind === 'address' && isHere(one) && (one as Address).link === bridge,
  )
  return { there: new Set(addresses.map(({ address }) => address)) }
}

/** Describes a node as often as it is looked at: mostly with the same in hand, and always with the same rules. */
const describer = (scope: Scope): ((found: Pick<Description, 'there' | 'mac'>) => Expansion) => {
  const known = new Map<string, Expansion>()
  return (found) => {
    const key = JSON.stringify([found.mac, found.there && [...found.there]])
    const description = known.get(key) ?? describe({ ...scope, ...found })
    known.set(key, description)
    return description
  }
}

/** A node, opened for some attachments. */
export const openScope = async (scope: Scope): Promise<Session> => {
  const describeWith = describer(scope)
  const first = describeWith({})
  const group = linkGroup(first.owner)
  const bridge = scope.own?.wire?.bridge
  const settle = (observed: readonly Resource[]): { ok: true; resources: readonly Resource[] } => {
    const found = bridge === undefined ? {} : findBridge(observed, bridge, group)
    return { ok: true, resources: describeWith(found).resources }
  }
  let known: ReadonlyMap<string, Json> = new Map()
  const select = within(scope)
  const amend = (seen: Observation): readonly Resource[] => {
    known = seen.owner.records
    return select(seen)
  }
  const extent = { kinds: described, families: familiesOf(scope) }
  const options = { netns: undefined, adopt: false, lints: false, extent }
  const session = await openSession(first, { ...options, settle, amend })
  return {
    ...session,
    plan: async (done) => withoutHints(await session.plan(done)),
    // What was done last is no hint: the next plan is about another pod.
    note: (entries, begins) => session.note(begins ? entries : lasting(entries, known), begins),
  }
}

type Ready = Extract<Planned, { ok: true }>

/** @throws Failure where it cannot be had on this node */
export const planScope = async (session: Session): Promise<Ready> => {
  const planned = await session.plan()
  if (!planned.ok) throw noPlan(planned.diagnostics, () => undefined)
  return planned
}

/** How the node differs from what it is to be, by what a person calls it; '': it does not. */
export const differenceOf = ({ plan }: Ready): string => titlesOf(plan)

export interface Doing {
  readonly node: Node
  readonly lock: Lock
  /** `netplan-cni ADD` */
  readonly command: string
}

/**
 * Brings a node to what is to be there; where that fails, it is as it was.
 *
 * @returns its links, as they are then: of the node's own namespace, and of the pod's
 * @throws Failure
 */
export const realize = async (
  scope: Scope,
  { node, lock, command }: Doing,
): Promise<(namespace: string) => Promise<readonly IpLink[]>> => {
  const session = await openScope(scope)
  const planned = await planScope(session)
  let seen = planned.seen
  const watched: Session = {
    ...session,
    plan: async (done) => {
      const again = await session.plan(done)
      if (again.ok) seen = again.seen
      return again
    },
  }
  const earlier = await findEarlier(node, session.owner.name)
  await carryOutUnattended(watched, planned, {
    ...{ command, lock },
    // One that was killed was about another pod, which may be gone: its DEL takes away what is left. To go back behind it
    // is not for this one, which only closes it where there is nothing to do.
    earlier: planned.plan.changes.length === 0 ? earlier : undefined,
  })
  return async (namespace) => (await seen.reader.ip(namespace)).links
}
