import type { Backend } from '../iptables/restore.ts'
import type { Records } from './records.ts'
import type { Applied, Ipv6Rules, Json } from './reader.ts'

/** What a program that only reads printed. */
export interface RecordedOutput {
  readonly argv: readonly string[]
  readonly stdin?: string
  /** How it ended; undefined where it could not be started. */
  readonly code?: number
  readonly stdout?: string
  readonly stderr?: string
  /** Why it could not be started: the errno, as ENOENT. */
  readonly missing?: string
}

/** A namespace, and what was read in it. */
export interface RecordedNamespace {
  /** As in the configuration; '' is the node itself. */
  readonly name: string
  /** The file to enter it by; null: the namespace that the program ran in. */
  readonly path: string | null
  /** Whether it is there; all that follows is of one that is. */
  readonly exists: boolean
  readonly inode?: number
  readonly born?: string
  readonly stale?: boolean
  readonly empty?: boolean
  readonly outputs: readonly RecordedOutput[]
  /** Parameters below /proc/sys, by path; null: there is none. */
  readonly sysctls: Readonly<Record<string, string | null>>
}

/** What one owner noted of the node. */
export interface RecordedOwner {
  readonly owner: string
  readonly ownerId: number
  readonly notedAt: number | null
  readonly entries: Readonly<Record<string, Json>>
  /** Where that is known. */
  readonly ipv6Rules?: Ipv6Rules
  /** What was last applied, where that was noted. */
  readonly applied?: Applied
}

/** Which node it is, by all its names. */
export interface RecordedNode {
  /** As `--node` said, else as `--netns` said, else the host name. */
  readonly name: string
  /** As `--node` said, if it did. */
  readonly given: string | null
  /** As `--netns` said, if it did. */
  readonly netns: string | null
  readonly hostname: string
  /** Inode of its network namespace, and when the kernel made that. */
  readonly inode: number
  readonly born: string | null
  /** Tells one machine, and one time that it was started, from all others; older snapshots do not say. */
  readonly machine?: string | null
  readonly boot?: string | null
}

/** All that was read of a node, of schemas/snapshot.schema.json: what a plan is made from elsewhere. */
export interface Snapshot {
  readonly formatVersion: '1.0'
  readonly type: 'snapshot'
  /** Others stand in the place of addresses: it is no node that there is. */
  readonly redacted?: boolean
  readonly node: RecordedNode
  readonly versions: {
    readonly netplan: string
    readonly ip: string | null
    readonly iptables: string | null
  }
  /** $SSH_CONNECTION of who was at work. */
  readonly sshConnection: string | null
  /** What there was to say of an apply that was not over. */
  readonly notice: string | null
  /** Which iptables was taken for this owner; null: there is none, or it could not be read. */
  readonly firewall: { readonly backend: Backend; readonly plain: boolean } | null
  readonly owners: readonly RecordedOwner[]
  /** The names below /run/netns. */
  readonly named: readonly string[]
  /** The node first. */
  readonly namespaces: readonly RecordedNamespace[]
}

/** A snapshot cannot be used: it is none, or it has not what is asked for. */
export class SnapshotError extends Error {
  readonly code: 'invalid' | 'lacking'
  constructor(code: 'invalid' | 'lacking', message: string) {
    // What is in a snapshot may be from anybody: it makes no line of its own.
    super(message.replaceAll('\n', '\\n'))
    this.name = 'SnapshotError'
    this.code = code
  }
}

export const recordOwner = ({
  owner,
  ownerId,
  notedAt,
  entries,
  ipv6Rules,
  applied,
}: Records): RecordedOwner => ({
  owner,
  ownerId,
  notedAt: notedAt ?? null,
  entries: Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1))),
  ...(ipv6Rules ? { ipv6Rules } : {}),
  ...(applied ? { applied } : {}),
})

export const recordsOf = ({ owners }: Snapshot): readonly Records[] =>
  owners.map(({ entries, notedAt, ...rest }) => ({
    ...rest,
    entries: new Map(Object.entries(entries)),
    notedAt: notedAt ?? undefined,
  }))
