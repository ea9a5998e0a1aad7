import { join } from 'node:path'
import { rm } from '../kernel/files.ts'
import type { Node } from '../kernel/namespaces.ts'
import { findStateDirectory, openStateDirectory } from '../kernel/state.ts'
import { readSafely, writeAtomically } from '../kernel/state-files.ts'
import type { PortMap } from './port-maps.ts'
import type { Route } from './result.ts'

/** The devices of an attachment that are ours. */
export interface Wire {
  readonly bridge: string
  /** The end of the pair in the node. */
  readonly host: string
  readonly mtu?: number | undefined
  readonly mac?: string | undefined
  readonly hairpin: boolean
  readonly isolated: boolean
  readonly promisc: boolean
}

/** A pod in a network, by one of its devices: what ADD was asked for, as far as it asks something of the node. */
export interface Attachment {
  readonly network: string
  readonly containerId: string
  readonly ifname: string
  readonly netns: string
  /** Undefined: another plugin made its devices. */
  readonly wire?: Wire | undefined
  /** The device in the node by which it is reached. */
  readonly device?: string | undefined
  /** Addresses of the bridge, with prefix length. */
  readonly gateways: readonly string[]
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
  readonly masquerade: boolean
  readonly portMaps: readonly PortMap[]
}

/** What tells attachments apart. */
export type AttachmentId = Pick<Attachment, 'network' | 'containerId' | 'ifname'>

export const isSameAttachment = (a: AttachmentId, b: AttachmentId): boolean =>
  a.network === b.network && a.containerId === b.containerId && a.ifname === b.ifname

interface AttachmentsFile {
  readonly formatVersion: '1.0'
  readonly attachments: readonly Attachment[]
}

const fileName = 'cni.attachments'

/** The attachments of a node. They live as long as its devices: the file is in a tmpfs. */
export const readAttachments = async (node: Node): Promise<readonly Attachment[]> => {
  const folder = await findStateDirectory(node)
  const text = folder === undefined ? undefined : await readSafely(join(folder, fileName))
  return text === undefined ? [] : (JSON.parse(text) as AttachmentsFile).attachments
}

/** Only for who has the lock of the node. */
export const writeAttachments = async (
  node: Node,
  attachments: readonly Attachment[],
): Promise<void> => {
  const document: AttachmentsFile = { formatVersion: '1.0', attachments }
  const path = join(await openStateDirectory(node), fileName)
  if (attachments.length === 0) return rm(path, { force: true })
  await writeAtomically(path, `${JSON.stringify(document)}\n`)
}
