import { hostname } from 'node:os'
import { shownName } from '../config/source.ts'
import type { Machine } from '../config/cluster/identify.ts'
import type { Answers } from '../kernel/answers.ts'
import { NodeError, openNode } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import { readRecords } from '../kernel/records.ts'
import type { Records } from '../kernel/records.ts'
import { recordedLinks, replay } from '../kernel/replay.ts'
import { recordsOf, SnapshotError } from '../kernel/snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { StartError } from '../kernel/run.ts'
import { findSshConnection } from '../kernel/ssh.ts'
import { readSteadily } from './reading.ts'

/** What a plan is made for: a running machine, or what was written down of one. */
export interface Host {
  readonly node: Pick<Node, 'path' | 'inode'>
  /** What a person calls it. */
  readonly name: string
  /** Who answers for it; undefined: the running kernel. */
  readonly answers: Answers | undefined
  /** $SSH_CONNECTION of who is at work on it, if by SSH. */
  readonly sshConnection: string | undefined
  /** What all owners noted of it. */
  records(): Promise<readonly Records[]>
  /** Looks at it. */
  look<T>(read: () => Promise<T>): Promise<T>
}

/** The machine that this is, or the namespace that stands for one. */
export const openHost = async (
  netns: string | undefined,
  answers?: Answers,
): Promise<Host & { readonly node: Node }> => {
  const node = await openNode(netns)
  return {
    node,
    name: netns ?? hostname(),
    answers,
    // Nobody is logged in to another namespace than the one that they are in.
    sshConnection: node.path === undefined ? await findSshConnection(process.env) : undefined,
    records: () => readRecords(node),
    look: readSteadily,
  }
}

/**
 * What is said where an output in a snapshot is not what the program prints: a snapshot comes from another machine, and
 * may have been edited by hand.
 */
const explainDamage = async <T>(file: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    const isKnown = [SnapshotError, NodeError, StartError].some((one) => error instanceof one)
    if (isKnown || !(error instanceof Error)) throw error
    const message = `${file} is a damaged snapshot: an output in it is not what the program prints (${error.message})`
    throw new SnapshotError('invalid', message)
  }
}

/**
 * The machine that a snapshot is of.
 *
 * @param file what a person calls the snapshot
 */
export const recordedHost = (snapshot: Snapshot, file: string): Host => {
  const { node, sshConnection, namespaces } = snapshot
  const records = recordsOf(snapshot)
  const name = shownName(file)
  return {
    node: { path: namespaces[0]?.path ?? undefined, inode: node.inode },
    name: node.netns ?? node.hostname,
    answers: replay(snapshot, name),
    sshConnection: sshConnection ?? undefined,
    records: () => Promise.resolve(records),
    look: (read) => explainDamage(name, read),
  }
}

/**
 * What tells which node of a cluster a snapshot is of: what the caller says, or said then, and what is written down.
 */
export const machineOf = (
  { node: { given, hostname: called }, namespaces }: Snapshot,
  { look }: Pick<Host, 'look'>,
  name: string | undefined,
): Machine => ({
  given: name ?? given ?? undefined,
  hostname: called,
  addresses: () =>
    look(() => {
      const links = namespaces.slice(0, 1).flatMap((own) => recordedLinks(own) ?? [])
      return Promise.resolve(links.flatMap(({ addr_info: all }) => all.map(({ local }) => local)))
    }),
})
