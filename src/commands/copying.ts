import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { rollBack } from '../apply/rollback.ts'
import type { RolledBack } from '../apply/rollback.ts'
import type { OpenJournal } from '../apply/journal.ts'
import { openNode } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { Writer } from '../kernel/writer.ts'
import { reviveAll } from '../plan/revive.ts'
import { makeRegistry, makeWorld } from '../plan/world.ts'
import { formerOf, keepAutomatic } from '../rehearsal/former.ts'
import type { Underlay } from '../rehearsal/script.ts'
import { describeOddities } from '../rehearsal/oddities.ts'
import { savesOf, unreadSaves } from '../rehearsal/saves.ts'
import {
  describeStandIn,
  findStandIns,
  makeNamespace,
  withStandIns,
} from '../rehearsal/stand-ins.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'
import { kinds } from '../resources/index.ts'
import type { Resource } from '../resources/kind.ts'
import type { Namespace } from '../resources/namespace.ts'
import { attempt } from './attempt.ts'
import { copyStandIns } from './copying-links.ts'
import { copyNotes } from './copying-notes.ts'
import { copyRules } from './copying-rules.ts'
import type { Observation } from './observing.ts'
import { openWayBack } from './wayback.ts'

type Failures = readonly LeftOut[]

const copyNamespace = async (
  writer: Writer,
  { name, path, stale, empty }: Namespace,
): Promise<Failures> => {
  const how = makeNamespace({ name, path })
  if ('why' in how) return [{ what: `namespace ${name}`, why: how.why }]
  await mkdir(dirname(path), { recursive: true })
  // What is no namespace is in the way there, too.
  if (stale === true) await writeFile(path, empty === true ? '' : 'no namespace')
  if (stale === true) return []
  if (how.argv[0] !== 'ip') await writeFile(path, '')
  return attempt(writer, how)
}

const noJournal: OpenJournal = {
  append: () => Promise.resolve(),
  discard: () => Promise.resolve(),
  isWatched: false,
}

const describeBack = (back: RolledBack): Failures => {
  if (back.complete) return []
  const refused = back.failures.map(({ step: { argv }, message }) => ({
    what: argv.join(' '),
    why: message,
  }))
  const named = new Set(back.failures.map(({ identity }) => identity))
  const rest = (back.left?.changes ?? []).filter(({ identity }) => !named.has(identity))
  return [
    ...refused,
    ...rest.map(({ title }) => ({ what: title, why: 'it is not as on the node' })),
  ]
}

/** The way back leads from nothing to all that was observed. */
const goBack = async (
  node: Node,
  writer: Writer,
  { observed, owner }: Pick<Observation, 'observed' | 'owner'>,
  snapshot: Snapshot,
): Promise<Failures> => {
  const revived = reviveAll(kinds, keepAutomatic(observed), { ...owner, records: new Map() })
  const objects = formerOf(revived, snapshot).map((before) => ({
    identity: identityOf(before),
    before,
  }))
  const past = { owner: { name: owner.name, id: owner.id }, records: {}, objects }
  const places = observed.filter(({ kind }) => kind === 'namespace')
  const wayBack = openWayBack(node, { past, places, known: true })
  const note = (): Promise<void> => Promise.resolve()
  return describeBack(await rollBack('copy', { ...wayBack, note, writer, journal: noJournal }))
}

const identityOf = (resource: Resource): string => {
  const kind = kinds.find(({ name }) => name === resource.kind)
  if (!kind) throw new Error(`bug: there is no kind ${resource.kind}`)
  return kind.identity(resource)
}

const unseen = ({ named, namespaces, notice }: Snapshot): Failures => {
  const read = new Set(namespaces.map(({ path }) => path))
  const rest = named.filter((name) => !read.has(`/run/netns/${name}`))
  return [
    ...rest.map((name) => ({
      what: `namespace ${name}`,
      why: 'the configuration does not name it',
    })),
    ...(notice === null ? [] : [{ what: 'the journal of the last apply', why: notice }]),
  ]
}

/**
 * Makes this machine, on which there is nothing yet, like the node of a snapshot.
 *
 * @returns what is not as there
 */
export const makeCopy = async (
  snapshot: Snapshot,
  seen: Pick<Observation, 'observed' | 'owner'>,
  writer: Writer,
  underlay: Underlay | null,
): Promise<readonly LeftOut[]> => {
  const node = await openNode(undefined)
  const world = makeWorld(makeRegistry(kinds), seen.observed)
  const namespaces = seen.observed.filter((one): one is Namespace => one.kind === 'namespace')
  const paths = new Map(namespaces.map(({ name, path }) => [name, path]))
  const leftOut: LeftOut[] = [...unseen(snapshot)]
  for (const one of namespaces) leftOut.push(...(await copyNamespace(writer, one)))
  leftOut.push(...describeOddities(seen.observed))
  const standIns = findStandIns(seen.observed, world)
  leftOut.push(...standIns.map(describeStandIn))
  const pathOf = (name: string): string | undefined => paths.get(name)
  const parts = { links: standIns, observed: seen.observed, pathOf }
  leftOut.push(...(await copyStandIns(writer, parts, underlay)))
  for (const program of unreadSaves(snapshot))
    leftOut.push({ what: `what ${program} prints`, why: 'it could not be read' })
  for (const save of savesOf(snapshot)) leftOut.push(...(await copyRules(writer, save)))
  const observed = withStandIns(seen.observed, standIns)
  leftOut.push(...(await goBack(node, writer, { ...seen, observed }, snapshot)))
  await copyNotes(node, snapshot, namespaces)
  return leftOut
}
