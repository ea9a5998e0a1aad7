import type { Memory } from '../apply/journal.ts'
import type { RollbackOptions } from '../apply/rollback.ts'
import { openReader } from '../kernel/open.ts'
import type { Node } from '../kernel/namespaces.ts'
import { readRecords, removeRecords, writeRecords } from '../kernel/records.ts'
import type { Records } from '../kernel/records.ts'
import { observeAll } from '../plan/plan.ts'
import { hintsOf, planWayBack } from '../plan/undo.ts'
import { chainPrefix } from '../resources/firewall.ts'
import { kinds } from '../resources/index.ts'
import { placesOf } from '../resources/namespace.ts'
import { readSteadily } from './reading.ts'

/** The node, opened for the way back to what it was before an apply. */
export type WayBack = Pick<RollbackOptions, 'planWayBack' | 'note' | 'netnsOf'>

export const openWayBack = (
  node: Node,
  { past, places, iptables, known, applied }: Memory,
): WayBack => {
  const { owner } = past
  const hints = hintsOf(past)
  const paths = new Map<string, string>()
  const findOwn = async (): Promise<Records | undefined> =>
    (await readRecords(node)).find(({ owner: name }) => name === owner.name)
  return {
    netnsOf: (namespace) => (namespace === '' ? node.path : paths.get(namespace)),
    planWayBack: () =>
      readSteadily(async () => {
        const own = await findOwn()
        const records = own?.entries ?? new Map()
        const namespaces = hints.filter(({ kind }) => kind === 'namespace')
        const there = placesOf([...places, ...namespaces], records)
        for (const { name, path } of there) paths.set(name, path)
        const firewall = { backend: iptables, clears: true, prefix: chainPrefix(owner) }
        const reader = await openReader(node, there, { records, firewall })
        const lasting = kinds.filter(({ afterwards }) => afterwards !== true)
        const observed = await observeAll(lasting, reader, hints)
        return planWayBack(kinds, past, { observed, records, notedAt: own?.notedAt })
      }),
    note: async (entries) => {
      // Who had no notes has none again.
      if (entries.size === 0 && !known) return removeRecords(node, owner.name)
      const { notedAt } = (await findOwn()) ?? {}
      const whose = { owner: owner.name, ownerId: owner.id }
      // Where IPv6 rules come back nobody knows from now on: who looks next asks everywhere.
      return writeRecords(node, { ...whose, entries, notedAt, applied })
    },
  }
}
