import type { Applied, Json } from '../kernel/reader.ts'
import type { Expansion } from '../expand/index.ts'
import { markLockouts } from '../guards/lockout.ts'
import { lintNode } from '../lints/index.ts'
import type { Memory } from '../apply/journal.ts'
import { noteApplied } from '../plan/causes.ts'
import type { Plan, PlanResult } from '../plan/plan.ts'
import { placesOf } from '../resources/namespace.ts'
import { drafter } from './drafting.ts'
import type { DraftOptions } from './drafting.ts'
import type { Host } from './host.ts'
import { kindsOf, observer } from './observing.ts'
import type { LookOptions, Observation, Wish } from './observing.ts'
import { rememberNode } from './remember.ts'

/** A plan, with what the way back would be planned with. */
export type Planned =
  | Extract<PlanResult, { ok: false }>
  | (Extract<PlanResult, { ok: true }> & {
      /** What it was planned from. */
      readonly seen: Observation
      /** What is to be noted of it, once it is empty. */
      applied(): Applied
      /** What has to be remembered of the node, for the plan to be undone. */
      remember(): Memory
    })

/** A node, looked at for one owner: it cannot be written. */
export interface View {
  /** What a person calls the node. */
  readonly nodeName: string
  readonly owner: Expansion['owner']
  /** The file to enter a namespace of the configuration by. */
  netnsOf(namespace: string): string | undefined
  /**
   * Reads the node, and plans against what it finds.
   *
   * @param done the steps that were taken since it was last read: what they have not touched is not asked again
   */
  plan(done?: Plan['steps']): Promise<Planned>
  /** Reads the node. */
  observe(): Promise<Observation>
}

export interface ViewOptions extends LookOptions, DraftOptions {
  /** What a person calls the node, where a cluster has a name for it. */
  readonly nodeName?: string | undefined
  /** Whether to look for what works as planned, and is hardly meant; default yes. */
  readonly lints?: boolean
}

/** Looks at a machine for an expansion. */
export const openView = (host: Host, wish: Wish, options: ViewOptions): View => {
  const { owner, resources } = wish
  const { places = resources } = options
  const kinds = kindsOf(options)
  const { node, sshConnection } = host
  const observe = observer(host, wish, options)
  let linted = options.lints === false
  const paths = new Map<string, string>()
  const rememberPaths = (records: ReadonlyMap<string, Json>): void => {
    for (const place of placesOf(places, records)) paths.set(place.name, place.path)
  }
  const draft = drafter(observe, wish, options)
  return {
    nodeName: options.nodeName ?? host.name,
    owner,
    netnsOf: (namespace) => (namespace === '' ? node.path : paths.get(namespace)),
    observe: () => observe(),
    plan: async (done) => {
      const { seen, taken, result } = await draft(done)
      rememberPaths(seen.owner.records)
      if (!result.ok) return result
      const { reader, observed, desired } = seen
      const plan = markLockouts(result.plan, observed, { sshConnection })
      // Told once: what an apply plans again is to see whether it is done.
      const warnings = linted ? [] : await lintNode({ desired, observed, reader })
      linted = true
      const remember = (): Memory => rememberNode(plan, seen, places)
      const applied = (): Applied => noteApplied(kinds, desired, taken)
      return { ok: true, plan, warnings, seen, remember, applied }
    },
  }
}
