import type { Answers } from '../kernel/answers.ts'
import type { Node } from '../kernel/namespaces.ts'
import type { Applied, Json } from '../kernel/reader.ts'
import { carriesUnmade, removeRecords, writeRecords } from '../kernel/records.ts'
import type { Records } from '../kernel/records.ts'
import { openHost } from './host.ts'
import { ipv6RulesOf } from './ipv6-rules.ts'
import { ownRecords } from './observing.ts'
import type { Observation, Wish } from './observing.ts'
import { openView } from './view.ts'
import type { View, ViewOptions } from './view.ts'

/** A node, opened for one owner: everything between the configuration and the kernel. */
export interface Session extends View {
  readonly node: Node
  /** Keeps what a plan is to have noted; see ApplyOptions. */
  note(records: ReadonlyMap<string, Json>, begins?: boolean, applied?: Applied): Promise<void>
}

export interface SessionOptions extends ViewOptions {
  readonly netns: string | undefined
  /** Who is asked; default the running kernel. */
  readonly answers?: Answers | undefined
}

const sameRecords = (a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): boolean =>
  a.size === b.size &&
  [...a].every(([key, value]) => JSON.stringify(b.get(key)) === JSON.stringify(value))

/** Whether all that is to be noted is noted. */
const isKnown = (
  known: Records,
  { entries, applied, ipv6Rules }: Pick<Records, 'entries' | 'applied' | 'ipv6Rules'>,
): boolean =>
  sameRecords(known.entries, entries) &&
  JSON.stringify(known.ipv6Rules) === JSON.stringify(ipv6Rules) &&
  (!applied || JSON.stringify(known.applied) === JSON.stringify(applied))

/** What an earlier run noted, and perhaps made, is as old as that note. */
const ageOf = (
  known: Records | undefined,
  entries: ReadonlyMap<string, Json>,
  begins: boolean,
): number | undefined => (begins && !carriesUnmade(known, entries) ? undefined : known?.notedAt)

/** Opens the node for an expansion. */
export const openSession = async (wish: Wish, options: SessionOptions): Promise<Session> => {
  const { owner, resources } = wish
  const host = await openHost(options.netns, options.answers)
  const { node } = host
  const view = openView(host, wish, options)
  let seen: Observation | undefined
  return {
    ...view,
    node,
    plan: async (done) => {
      const planned = await view.plan(done)
      // Who looks at some kinds alone may not have seen any.
      if (planned.ok && !options.extent) seen = planned.seen
      return planned
    },
    note: async (entries, begins = false, applied) => {
      const known = await ownRecords(host, owner)
      if (entries.size === 0 && resources.length === 0) return removeRecords(node, owner.name)
      const ipv6Rules = ipv6RulesOf(known, seen)
      if (known && !begins && isKnown(known, { entries, applied, ipv6Rules })) return
      // What is under way is neither as it was nor as it is to be.
      const kept = begins ? undefined : (applied ?? known?.applied)
      const whose = { owner: owner.name, ownerId: owner.id }
      const notedAt = ageOf(known, entries, begins)
      await writeRecords(node, { ...whose, entries, notedAt, ipv6Rules, applied: kept })
    },
  }
}
