import { hostname } from 'node:os'
import type { Answers } from '../kernel/answers.ts'
import { liveAnswers } from '../kernel/live.ts'
import { listNamespaces } from '../kernel/namespaces.ts'
import { readMachine } from '../kernel/machine.ts'
import { versionOf } from '../kernel/programs.ts'
import { startRecording } from '../kernel/recording.ts'
import type { Recording } from '../kernel/recording.ts'
import { readRecords } from '../kernel/records.ts'
import { recordOwner } from '../kernel/snapshot.ts'
import type { RecordedNode, Snapshot } from '../kernel/snapshot.ts'
import { findSshConnection } from '../kernel/ssh.ts'
import { readUsual } from '../kernel/usual.ts'
import { lintNode } from '../lints/index.ts'
import { warnOfJournal } from './journals.ts'
import type { Session } from './session.ts'

/** How the node was called on the command line. */
interface Names {
  readonly node?: string | undefined
  readonly netns?: string | undefined
}

/** How a node is opened, and called, to be written down. */
export interface Taking {
  /** Opens it, with who is asked. */
  open(answers: Answers): Promise<Session>
  readonly names: Names
  readonly version: string
}

const nodeOf = async ({ node: given, netns }: Names, { node }: Session): Promise<RecordedNode> => ({
  name: given ?? netns ?? hostname(),
  given: given ?? null,
  netns: netns ?? null,
  hostname: hostname(),
  inode: node.inode,
  born: node.born ?? null,
  ...(await readMachine()),
})

/** Reads what a plan for this session, its warnings, and most other plans ask for. */
const readAll = async (session: Session, answers: Answers): Promise<Snapshot['firewall']> => {
  const { observed, desired, reader } = await session.observe()
  await readUsual(session.node, reader, answers)
  await lintNode({ desired, observed, reader })
  const firewall = await reader.firewall(false)
  return firewall ? { backend: firewall.backend, plain: firewall.plain } : null
}

const describeNode = async (
  session: Session,
  recording: Recording,
  { names, version }: Taking,
): Promise<Snapshot> => {
  const { node, owner } = session
  const firewall = await readAll(session, recording.answers)
  const own = node.path === undefined
  const [named, owners, notice, ssh, ip, iptables] = await Promise.all([
    listNamespaces(),
    readRecords(node),
    warnOfJournal(node, owner.name),
    own ? findSshConnection(process.env) : undefined,
    versionOf('ip', '-V'),
    versionOf('iptables', '-V'),
  ])
  return {
    formatVersion: '1.0',
    type: 'snapshot',
    node: await nodeOf(names, session),
    versions: { netplan: version, ip: ip ?? null, iptables: iptables ?? null },
    sshConnection: ssh ?? null,
    notice: notice ?? null,
    firewall,
    owners: owners.map(recordOwner),
    named,
    namespaces: recording.namespaces(node.path),
  }
}

/** Reads a node, and returns what was read, with the session that asked for it. */
export const takeSnapshot = async (
  taking: Taking,
): Promise<{ readonly session: Session; readonly snapshot: Snapshot }> => {
  const recording = startRecording(liveAnswers)
  const session = await taking.open(recording.answers)
  return { session, snapshot: await describeNode(session, recording, taking) }
}
