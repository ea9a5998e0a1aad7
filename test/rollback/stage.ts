import { loadConfig } from '../../src/config/load.ts'
import { openSession } from '../../src/commands/session.ts'
import type { Session } from '../../src/commands/session.ts'
import { expand } from '../../src/expand/index.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { Link } from '../../src/resources/link/link.ts'
import { createNode, failureOf } from '../node/harness.ts'
import type { PlanOptions, TestNode } from '../node/harness.ts'
import { destroy } from './plans.ts'
import type { Passage } from './plans.ts'
import { compareStates, stateOf } from './state.ts'
import type { State } from './state.ts'

/** A node on which a passage can be tried any number of times, as long as it always comes back. */
export interface Stage {
  readonly node: TestNode
  readonly passage: Passage
  readonly before: State
  /** What the passage asks for. */
  open(): Promise<Session>
  /** What is not as it was before the plan; nothing, where all is. */
  differences(plan: Plan): readonly string[]
}

/** A text of a passage, for a node. */
export const forNode = (text: string, { name }: TestNode): string =>
  text.replaceAll('P-', `${name}-`)

const act = (node: TestNode, script = ''): void => {
  if (script !== '') node.exec(['sh', '-ec', forNode(script, node)])
}

const optionsOf = (iptables: PlanOptions['iptables']): PlanOptions =>
  iptables === undefined ? {} : { iptables }

/** A session that asks for nothing, where a file had something. */
const openDestroy = async (
  { name }: TestNode,
  yaml: string,
  { iptables }: PlanOptions,
): Promise<Session> => {
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(yaml) })
  if (!result.ok) throw new Error('an invalid passage')
  const { config, locate } = result.source
  const { owner, resources } = expand(config, locate, name)
  const options = { netns: name, adopt: false, iptables, places: resources }
  return openSession({ owner, resources: [] }, options)
}

/** Links that a plan takes away, be it for a moment. */
const movingLinks = ({ changes }: Plan, { name }: TestNode): ReadonlySet<string> =>
  new Set(
    changes
      .filter(
        ({ kind, action }) => kind === 'link' && (action === 'replace' || action === 'delete'),
      )
      .map(({ before }) => before as Link)
      .map((link) => `${link.namespace === '' ? name : link.namespace}/${link.name}`),
  )

const applyFirst = async (node: TestNode, passage: Passage): Promise<void> => {
  const { before, iptables, iptablesBefore = iptables } = passage
  if (before === undefined) return
  const done = await node.apply(forNode(before, node), optionsOf(iptablesBefore))
  const failure = failureOf(done)
  if (failure !== undefined) throw new Error(`${passage.name}, before: ${failure}`)
}

/** The passage's node, as it is before its plan. To be removed by the caller. */
export const openStage = async (passage: Passage): Promise<Stage> => {
  const node = createNode()
  try {
    act(node, passage.others)
    await applyFirst(node, passage)
    act(node, passage.meanwhile)
  } catch (error) {
    node.remove()
    throw error
  }
  const hasRules = passage.firewall === true
  const before = stateOf(node, hasRules)
  const options = optionsOf(passage.iptables)
  return {
    node,
    passage,
    before,
    open: () =>
      passage.after === destroy
        ? openDestroy(node, forNode(passage.before ?? '', node), options)
        : node.open(forNode(passage.after, node), options),
    differences: (plan) => {
      const moving = movingLinks(plan, node)
      return compareStates(before, stateOf(node, hasRules), (link) => !moving.has(link))
    },
  }
}
