import { liveAnswers } from '../kernel/live.ts'
import type { IpLink } from '../kernel/ip.ts'
import type { Node } from '../kernel/namespaces.ts'
import { readNamespaceFile } from '../kernel/namespaces.ts'
import { openReader } from '../kernel/open.ts'
import { writeRecords } from '../kernel/records.ts'
import { recordedLinks } from '../kernel/replay.ts'
import { recordsOf } from '../kernel/snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { refreshRecords } from '../rehearsal/notes.ts'
import type { Identity, Numbers } from '../rehearsal/notes.ts'
import type { Namespace } from '../resources/namespace.ts'

type Indexes = ReadonlyMap<number, number>

/** Numbers of devices in the copy, by their number on the node: it is their names that are the same. */
const matchLinks = (there: readonly IpLink[], here: readonly IpLink[]): Indexes => {
  const byName = new Map(here.map(({ ifname, ifindex }) => [ifname, ifindex]))
  return new Map(
    there.flatMap(({ ifname, ifindex }) => {
      const found = byName.get(ifname)
      return found === undefined ? [] : [[ifindex, found]]
    }),
  )
}

const readNumbers = async (
  node: Node,
  snapshot: Snapshot,
  namespaces: readonly Namespace[],
): Promise<Numbers> => {
  // By their files alone: they have other numbers here.
  const places = namespaces.map(({ name, path }) => ({ name, path }))
  const reader = await openReader(node, places, { records: new Map(), answers: liveAnswers })
  const links = new Map<string, Indexes>()
  for (const { name, ...page } of snapshot.namespaces) {
    if (!reader.namespaces.includes(name)) continue
    const { links: here } = await reader.ip(name)
    links.set(name, matchLinks(recordedLinks(page) ?? [], here))
  }
  const pairs = new Map<string, { node: Identity; copy: Identity }>()
  for (const { name, path, inode = 0, born } of namespaces) {
    const copy = await readNamespaceFile(path)
    if (copy) pairs.set(name, { node: { inode, born }, copy })
  }
  return {
    index: (namespace, index) => links.get(namespace)?.get(index),
    namespace: (name) => pairs.get(name),
  }
}

/** Notes of the copy what was noted of the node. */
export const copyNotes = async (
  node: Node,
  snapshot: Snapshot,
  namespaces: readonly Namespace[],
): Promise<void> => {
  const all = recordsOf(snapshot)
  if (all.length === 0) return
  const numbers = await readNumbers(node, snapshot, namespaces)
  for (const records of all) await writeRecords(node, refreshRecords(records, numbers))
}
