import { isDeepStrictEqual } from 'node:util'
import { openNode } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import { readRecords } from '../kernel/records.ts'
import type { Former } from '../plan/stale.ts'
import { moveText } from '../present/moves.ts'
import { escapeLine } from '../net/controls.ts'
import { exitCodes, Failure } from './failure.ts'
import { withAllRules } from './ipv6-rules.ts'
import type { Loaded } from './load.ts'
import { compareNodes, identityOf } from './saved-node.ts'
import { outcomeOf } from './saved-plan.ts'
import type { Outcome, Ready, SavedPlan } from './saved-plan.ts'
import { openSaved } from './saved-session.ts'
import { remake } from './saving.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'

export interface SavedOptions {
  /** What a person calls the plan: its file. */
  readonly file: string
  readonly netns: string | undefined
  readonly version: string
  tell(text: string): void
}

/** What is made from a saved plan once more is what it says, or somebody has edited it. */
const requireIntact = (
  saved: SavedPlan,
  outcome: Outcome | undefined,
  options: SavedOptions,
): void => {
  const made = outcome && (JSON.parse(JSON.stringify(outcome)) as Readonly<Record<string, unknown>>)
  const said = saved as unknown as Readonly<Record<string, unknown>>
  if (made && Object.keys(made).every((key) => isDeepStrictEqual(said[key], made[key]))) return
  const { file, version } = options
  const why =
    saved.netplan === version
      ? 'what it is made from gives another plan'
      : `netplan ${saved.netplan} made it, and netplan ${version} plans otherwise`
  throw new Failure(
    exitCodes.invalid,
    'invalid-plan',
    `${file} cannot be carried out: ${why}; nothing was changed, plan again`,
  )
}

/** Plans once more, from all that a saved plan was made from. */
const remakePlan = async (
  saved: SavedPlan,
  options: SavedOptions,
): Promise<{ readonly loaded: Loaded; readonly planned: Ready }> => {
  const { loaded, view } = await remake(saved, options.file)
  const planned = await view.plan()
  const outcome = planned.ok ? outcomeOf(planned, view, loaded.expansion) : undefined
  requireIntact(saved, outcome, options)
  if (!planned.ok) throw new Error('bug: a plan that is intact, and is none')
  return { loaded, planned }
}

/** Notes of the owner under another number are of what another file made. */
const requireOwner = async (node: Node, { owner }: SavedPlan): Promise<void> => {
  const own = (await readRecords(node)).find(({ owner: name }) => name === owner.name)
  if (!own || own.ownerId === owner.id) return
  const [is, was] = [String(own.ownerId), String(owner.id)]
  const message = `owner ${owner.name} has the number ${is} on this node, and the plan is for ${was}; nothing was changed`
  throw new Failure(exitCodes.error, 'owner-clash', message)
}

/** The node is the one that the plan was made for. */
const requireNode = async (
  saved: SavedPlan,
  netns: string | undefined,
  { file, tell }: SavedOptions,
): Promise<void> => {
  const { snapshot } = saved
  const node = await openNode(netns)
  const found = compareNodes(snapshot.node, await identityOf(node, netns))
  if (!found.same) {
    const message = `${file} is a plan for node ${snapshot.node.name}, and this is another one: ${found.why}; nothing was changed`
    throw new Failure(exitCodes.error, 'other-node', message)
  }
  await requireOwner(node, saved)
  if (found.startedAnew) tell('netplan: this node was started anew since the plan was made\n')
}

/** What the file asks for, given what a node has. */
const settleOf = ({ settle }: Loaded): Former['settle'] =>
  settle &&
  ((observed) => {
    const settled = settle(observed)
    return settled.ok ? settled.resources : undefined
  })

const mostTold = 20

/** A saved plan, ready to be carried out on this node. */
export const openSavedPlan = async (
  saved: SavedPlan,
  options: SavedOptions,
): Promise<{ readonly loaded: Loaded; readonly session: Session }> => {
  const netns = options.netns ?? saved.snapshot.node.netns ?? undefined
  await requireNode(saved, netns, options)
  const { loaded, planned } = await remakePlan(saved, options)
  const { adopt, iptables } = saved.options
  // An empty plan was made without IPv6 rules that are nothing to it: they have not come about since.
  const { desired, observed } = await withAllRules(planned.seen)
  const former = { desired, observed, plan: planned.plan, adopt, settle: settleOf(loaded) }
  const wish = { owner: loaded.expansion.owner, resources: desired }
  const { nodeName } = loaded.source
  const session = await openSaved(
    {
      former,
      tell: (moves) => {
        const told = moves.filter(
          ({ was, is }) => (is ?? was)?.ownership !== 'kernel' || (was && is),
        )
        const lines = told
          .slice(0, mostTold)
          .map((move) => `${moveText(move)}; that is nothing to the plan`)
        const rest = told.length - lines.length
        if (rest > 0)
          lines.push(`and ${String(rest)} more have changed that are nothing to the plan`)
        options.tell(lines.map((line) => `netplan: ${escapeLine(line)}\n`).join(''))
      },
    },
    (amend) =>
      openSession(wish, { netns, adopt, iptables: iptables ?? undefined, nodeName, amend }),
  )
  const expansion = { ...loaded.expansion, resources: desired }
  return { loaded: { ...loaded, expansion }, session }
}
